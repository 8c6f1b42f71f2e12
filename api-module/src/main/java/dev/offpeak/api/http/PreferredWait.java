package dev.offpeak.api.http;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// `Prefer: wait=N` (RFC 7240). A preference that cannot be read is no preference.
public final class PreferredWait {

    public static final int MOST_SECONDS = 60;

    private static final Pattern WAIT = Pattern.compile("wait\\s*=\\s*\"?(\\d{1,9})\"?");

    private PreferredWait() {}

    public static Optional<Duration> of(HttpServletRequest request) {
        return Collections.list(request.getHeaders("Prefer")).stream()
                .flatMap(header -> Arrays.stream(header.toLowerCase(Locale.ROOT).split("[,;]", -1)))
                .map(preference -> WAIT.matcher(preference.strip()))
                .filter(wait -> wait.matches())
                .map(wait -> Math.min(Integer.parseInt(wait.group(1)), MOST_SECONDS))
                .filter(seconds -> seconds > 0)
                .map(Duration::ofSeconds)
                .findFirst();
    }
}
