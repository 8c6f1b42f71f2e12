package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Dialect;
import dev.offpeak.simulator.serving.RateLimits;
import dev.offpeak.simulator.serving.Refused;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's manners. Any key is welcome but those that begin with `sk-invalid`.
public final class OpenAiDialect implements Dialect {
    @Override
    public Provider provider() {
        return Provider.OPENAI;
    }

    @Override
    public void greet(HttpServletRequest request) throws Refused {
        String authorization = request.getHeader("Authorization");
        String key = authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                ? authorization.substring(7).strip()
                : "";
        if (key.isEmpty()) {
            throw new Refused(
                    401,
                    OpenAiErrors.INVALID,
                    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer"
                            + " auth (i.e. Authorization: Bearer YOUR_KEY).",
                    null,
                    null,
                    null);
        }
        if (key.startsWith("sk-invalid")) {
            throw new Refused(401, OpenAiErrors.INVALID, "Incorrect API key provided.", null, "invalid_api_key", null);
        }
    }

    @Override
    public void head(HttpServletResponse response, String requestId) {
        response.setHeader("x-request-id", requestId);
        response.setHeader("openai-version", "2020-10-01");
        response.setHeader("openai-organization", "org-simulator");
        response.setHeader("openai-processing-ms", "1");
    }

    @Override
    public byte[] error(Refused refused, String requestId) {
        ObjectNode body = Json.object();
        ObjectNode error = body.putObject("error");
        error.put("message", refused.message());
        error.put("type", refused.type());
        error.put("param", refused.param());
        error.put("code", refused.code());
        return Json.bytes(body);
    }

    @Override
    public Refused unreadable() {
        return OpenAiErrors.bad(
                null,
                null,
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP"
                        + " library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)");
    }

    @Override
    public Refused tooLarge(long maxBytes) {
        return new Refused(
                413,
                OpenAiErrors.INVALID,
                "Request body is larger than " + maxBytes + " bytes.",
                null,
                "request_too_large",
                null);
    }

    @Override
    public Refused noSuchRoute(String method, String path) {
        return new Refused(404, OpenAiErrors.INVALID, "Invalid URL (" + method + " " + path + ")", null, null, null);
    }

    @Override
    public Refused wrongMethod(String method, String path) {
        return new Refused(
                405,
                OpenAiErrors.INVALID,
                "Not allowed to " + method + " on " + path + ".",
                null,
                "method_not_supported",
                null);
    }

    @Override
    public Refused crowded() {
        return new Refused(429, "requests", "Resource Unavailable", null, "resource_unavailable", null);
    }

    @Override
    public Refused failure(int status) {
        return switch (status) {
            case 429 ->
                new Refused(
                        429,
                        "requests",
                        "Rate limit reached. Please try again in 1s.",
                        null,
                        "rate_limit_exceeded",
                        Duration.ofSeconds(1));
            case 503, 529 ->
                new Refused(
                        status,
                        "server_error",
                        "The engine is currently overloaded, please try again later",
                        null,
                        null,
                        null);
            default ->
                status >= 500
                        ? new Refused(
                                status,
                                "server_error",
                                "The server had an error while processing your request. Sorry about that!",
                                null,
                                null,
                                null)
                        : new Refused(
                                status,
                                OpenAiErrors.INVALID,
                                "The simulator refuses this request, as its behaviour says.",
                                null,
                                null,
                                null);
        };
    }

    @Override
    public Refused limited(String model, String unit, long limit, @Nullable Duration wait) {
        String per = unit.equals("requests") ? "RPM" : "TPM";
        String message = wait == null
                ? "Request too large for " + model + " in organization org-simulator on tokens per min (TPM): Limit "
                        + limit + ". The input or output tokens must be reduced in order to run successfully."
                : "Rate limit reached for " + model + " in organization org-simulator on " + unit + " per min (" + per
                        + "): Limit " + limit + ". Please try again in " + span(wait) + ".";
        return new Refused(429, unit, message, null, "rate_limit_exceeded", wait);
    }

    @Override
    public void limits(HttpServletResponse response, RateLimits.View view) {
        response.setHeader("x-ratelimit-limit-requests", Long.toString(view.requestLimit()));
        response.setHeader("x-ratelimit-limit-tokens", Long.toString(view.tokenLimit()));
        response.setHeader("x-ratelimit-remaining-requests", Long.toString(view.requestsLeft()));
        response.setHeader("x-ratelimit-remaining-tokens", Long.toString(view.tokensLeft()));
        response.setHeader("x-ratelimit-reset-requests", span(view.requestsReset()));
        response.setHeader("x-ratelimit-reset-tokens", span(view.tokensReset()));
    }

    /// A duration the way OpenAI writes it: `6ms`, `1.2s`, `6m0s`.
    static String span(Duration length) {
        long millis = length.toMillis();
        if (millis < 1_000) {
            return millis + "ms";
        }
        if (millis < 60_000) {
            return String.format(Locale.ROOT, "%.3fs", millis / 1e3).replaceFirst("\\.?0+s$", "s");
        }
        return length.toMinutes() + "m" + length.toSecondsPart() + "s";
    }
}
