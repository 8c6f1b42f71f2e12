package dev.offpeak.api.problems;

import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import tools.jackson.databind.json.JsonMapper;

/// Writes problems straight to the response, whatever the client accepts: from filters as from controllers.
public final class ProblemWriter {

    private static final String CONTENT_TYPE = "application/problem+json";

    private final JsonMapper json;
    private final MeterRegistry metrics;

    ProblemWriter(JsonMapper json, MeterRegistry metrics) {
        this.json = json;
        this.metrics = metrics;
    }

    /// Does nothing where the response is already on its way.
    public void write(Problem problem, HttpServletRequest request, HttpServletResponse response) throws IOException {
        write(problem, problem.code().httpStatus(), request, response);
    }

    void write(Problem problem, int status, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Metric.HTTP_PROBLEMS.counter(metrics, problem.code().wire()).increment();
        if (response.isCommitted()) {
            return;
        }
        response.resetBuffer();
        response.setStatus(status);
        Duration retryAfter = problem.retryAfter();
        if (retryAfter != null) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, retryAfter.toSeconds())));
        }
        var body = ProblemBody.of(
                problem.code(), status, problem.detail(), problem.errors(), RequestIdFilter.idOf(request));
        byte[] bytes = json.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
        response.setContentType(CONTENT_TYPE);
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
        response.flushBuffer();
    }
}
