package dev.offpeak.worker.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Stands before JobRunr's handlers, which were written for a developer's own machine.
final class DashboardGuard extends Filter {

    /// JobRunr adds a policy with a nonce for its scripts; a browser applies both. This one keeps the page from
    /// telling its maker which version runs here.
    private static final String POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline';"
            + " style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self';"
            + " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final Set<String> OUR_NAMES_ON_LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern PORT = Pattern.compile(":\\d+$");
    private static final Pattern LIMIT = Pattern.compile("(?:^|&)limit=([^&]*)");
    private static final Pattern SMALL_NUMBER = Pattern.compile("\\d{1,3}");
    private static final int MOST_ROWS = 200;

    private final boolean loopback;
    private final byte @Nullable [] login;

    DashboardGuard(DashboardSettings settings) {
        this.loopback = settings.address().isLoopbackAddress();
        this.login = settings.hasLogin() ? (settings.user() + ":" + settings.password()).getBytes(UTF_8) : null;
    }

    @Override
    public String description() {
        return "login, same origin, content security policy";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        var headers = exchange.getResponseHeaders();
        headers.add("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        if (!isAddressedToUs(exchange)) {
            refuse(exchange, 421, "The dashboard on loopback answers to localhost only");
        } else if (!isLoggedIn(exchange)) {
            headers.set("WWW-Authenticate", "Basic realm=\"Offpeak dashboard\", charset=\"UTF-8\"");
            refuse(exchange, 401, "Log in");
        } else if (!isFromOurPage(exchange)) {
            refuse(exchange, 403, "Changes are taken from the dashboard's own page only");
        } else if (asksForTooMuch(exchange)) {
            refuse(exchange, 400, "limit is a number of at most " + MOST_ROWS);
        } else {
            chain.doFilter(exchange);
        }
    }

    /// A page elsewhere can point a name of its own at 127.0.0.1 and read us as its own origin. Off loopback the
    /// login stands before that: a browser sends it to our name only.
    private boolean isAddressedToUs(HttpExchange exchange) {
        var host = first(exchange, "Host");
        return !loopback
                || (host != null
                        && OUR_NAMES_ON_LOOPBACK.contains(PORT.matcher(host).replaceFirst("")));
    }

    private boolean isLoggedIn(HttpExchange exchange) {
        if (login == null) {
            return true;
        }
        var authorization = first(exchange, "Authorization");
        if (authorization == null || !authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
            return false;
        }
        try {
            var given = Base64.getDecoder().decode(authorization.substring(6).strip());
            return MessageDigest.isEqual(digest(given), digest(login)); // equal lengths: the time tells nothing
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    private static byte[] digest(byte[] text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    /// Browsers name the origin of whatever changes something; programs without one are not led astray by pages.
    private static boolean isFromOurPage(HttpExchange exchange) {
        if (READING.contains(exchange.getRequestMethod())) {
            return true;
        }
        var site = first(exchange, "Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin")) {
            return false;
        }
        var origin = first(exchange, "Origin");
        var host = first(exchange, "Host");
        return origin == null || List.of("http://" + host, "https://" + host).contains(origin);
    }

    /// JobRunr reads as many rows as it is asked for.
    private static boolean asksForTooMuch(HttpExchange exchange) {
        var query = exchange.getRequestURI().getQuery();
        return query != null
                && LIMIT.matcher(query)
                        .results()
                        .map(found -> found.group(1))
                        .anyMatch(
                                limit -> !SMALL_NUMBER.matcher(limit).matches() || Integer.parseInt(limit) > MOST_ROWS);
    }

    private static @Nullable String first(HttpExchange exchange, String header) {
        return exchange.getRequestHeaders().getFirst(header);
    }

    private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
        var body = why.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, body.length);
        try (var response = exchange.getResponseBody()) {
            response.write(body);
        }
    }
}
