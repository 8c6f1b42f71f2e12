package dev.offpeak.simulator.anthropic;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Dialect;
import dev.offpeak.simulator.serving.RateLimits;
import dev.offpeak.simulator.serving.Refused;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's manners. Any key is welcome but those that begin with `sk-invalid`, as `x-api-key` or as a
/// bearer token.
public final class AnthropicDialect implements Dialect {
    static final String NEWEST = "2026-10-21";
    private static final Set<String> VERSIONS = Set.of("2023-06-01", NEWEST);
    private static final String INVALID = "invalid_request_error";

    private final Clock clock;

    public AnthropicDialect(Clock clock) {
        this.clock = clock;
    }

    static Refused bad(String message) {
        return refused(400, INVALID, message);
    }

    static Refused noSuchModel(String model) {
        return refused(404, "not_found_error", "model: " + model);
    }

    static String version(HttpServletRequest request) {
        String version = request.getHeader("anthropic-version");
        return version == null ? "" : version;
    }

    @Override
    public Provider provider() {
        return Provider.ANTHROPIC;
    }

    @Override
    public void greet(HttpServletRequest request) throws Refused {
        String key = request.getHeader("x-api-key");
        String authorization = request.getHeader("Authorization");
        if ((key == null || key.isBlank())
                && authorization != null
                && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            key = authorization.substring(7);
        }
        if (key == null || key.isBlank()) {
            throw refused(401, "authentication_error", "x-api-key header is required");
        }
        if (key.strip().startsWith("sk-invalid")) {
            throw refused(401, "authentication_error", "invalid x-api-key");
        }
        String version = version(request);
        if (version.isEmpty()) {
            throw bad("anthropic-version: header is required");
        }
        if (!VERSIONS.contains(version)) {
            throw bad("anthropic-version: \"" + version + "\" is not a valid version");
        }
    }

    @Override
    public void head(HttpServletResponse response, String requestId) {
        response.setHeader("request-id", requestId);
        response.setHeader("anthropic-organization-id", "00000000-0000-4000-8000-000000000000");
    }

    @Override
    public byte[] error(Refused refused, String requestId) {
        ObjectNode body = Json.object().put("type", "error");
        body.putObject("error").put("type", refused.type()).put("message", refused.message());
        body.put("request_id", requestId);
        return Json.bytes(body);
    }

    @Override
    public Refused unreadable() {
        return bad("The request body is not valid JSON");
    }

    @Override
    public Refused tooLarge(long maxBytes) {
        return refused(413, "request_too_large", "Request exceeds the maximum size");
    }

    @Override
    public Refused noSuchRoute(String method, String path) {
        return refused(404, "not_found_error", "Not Found");
    }

    @Override
    public Refused wrongMethod(String method, String path) {
        return refused(405, INVALID, "Method Not Allowed");
    }

    @Override
    public Refused failure(int status) {
        return switch (status) {
            case 401 -> refused(status, "authentication_error", "The simulator refuses this request.");
            case 402 -> refused(status, "billing_error", "The simulator refuses this request.");
            case 403 -> refused(status, "permission_error", "The simulator refuses this request.");
            case 404 -> refused(status, "not_found_error", "Not Found");
            case 413 -> refused(status, "request_too_large", "Request exceeds the maximum size");
            case 429 ->
                new Refused(
                        status,
                        "rate_limit_error",
                        "This request would exceed your organization's rate limit.",
                        null,
                        null,
                        Duration.ofSeconds(1));
            case 504 -> refused(status, "timeout_error", "The request timed out");
            case 529 -> refused(status, "overloaded_error", "Overloaded");
            default ->
                status < 500
                        ? refused(status, INVALID, "The simulator refuses this request, as its behaviour says.")
                        : refused(status, "api_error", "Internal server error");
        };
    }

    @Override
    public Refused limited(String model, String unit, long limit, @Nullable Duration wait) {
        String what = unit.equals("requests") ? "requests" : "input tokens";
        return new Refused(
                429,
                "rate_limit_error",
                "This request would exceed your organization's rate limit of " + limit + " " + what
                        + " per minute (model: " + model + ").",
                null,
                null,
                wait);
    }

    @Override
    public void limits(HttpServletResponse response, RateLimits.View view) {
        String prefix = "anthropic-ratelimit-";
        response.setHeader(prefix + "requests-limit", Long.toString(view.requestLimit()));
        response.setHeader(prefix + "requests-remaining", Long.toString(view.requestsLeft()));
        response.setHeader(prefix + "requests-reset", at(view.requestsReset()));
        for (String unit : new String[] {"tokens", "input-tokens", "output-tokens"}) {
            response.setHeader(prefix + unit + "-limit", Long.toString(view.tokenLimit()));
            response.setHeader(prefix + unit + "-remaining", Long.toString(view.tokensLeft()));
            response.setHeader(prefix + unit + "-reset", at(view.tokensReset()));
        }
    }

    private String at(Duration fromNow) {
        return clock.instant().plus(fromNow).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static Refused refused(int status, String type, String message) {
        return new Refused(status, type, message, null, null, null);
    }
}
