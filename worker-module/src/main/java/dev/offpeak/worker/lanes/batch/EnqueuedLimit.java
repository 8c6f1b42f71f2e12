package dev.offpeak.worker.lanes.batch;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How a provider says that too much is enqueued: at the create, or of a batch that it refuses later.
final class EnqueuedLimit {

    private static final String CODE = "token_limit_exceeded";
    private static final Pattern NAMED = Pattern.compile("[Ll]imit:\\s*([0-9][0-9,]{0,20})");

    private EnqueuedLimit() {}

    static boolean isMeant(@Nullable String code, @Nullable String message) {
        if (CODE.equals(code)) {
            return true;
        }
        String text = message == null ? "" : message.toLowerCase(Locale.ROOT);
        boolean enqueued = text.contains("enqueued") || (text.contains("batch") && text.contains("queue"));
        return enqueued && text.contains("limit");
    }

    /// @return the limit that the message names
    static OptionalLong learn(@Nullable String message) {
        if (message == null) {
            return OptionalLong.empty();
        }
        Matcher named = NAMED.matcher(message);
        if (!named.find()) {
            return OptionalLong.empty();
        }
        String digits = named.group(1).replace(",", "");
        long limit = digits.length() > 18 ? 0 : Long.parseLong(digits);
        return limit > 0 ? OptionalLong.of(limit) : OptionalLong.empty();
    }
}
