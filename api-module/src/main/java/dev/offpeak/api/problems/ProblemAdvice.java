package dev.offpeak.api.problems;

import dev.offpeak.shared.core.ErrorCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;

/// Turns every exception that leaves a controller, or never reached one, into a problem.
@RestControllerAdvice
class ProblemAdvice {

    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

    private final ProblemWriter problems;

    ProblemAdvice(ProblemWriter problems) {
        this.problems = problems;
    }

    @ExceptionHandler
    void answer(Exception thrown, HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (thrown instanceof AsyncRequestNotUsableException) {
            return; // the client has gone
        }
        if (thrown instanceof ErrorResponse standard) {
            standard.getHeaders().forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
        }
        var problem = translate(thrown);
        if (problem.code() == ErrorCode.INTERNAL_ERROR) {
            LOG.atError() // the request's id is in every line already: twice, JSON logs would drop this one
                    .addKeyValue("method", request.getMethod())
                    .setCause(thrown)
                    .log("A request failed for a reason we did not expect; the client is told to try again");
        }
        problems.write(problem, request, response);
    }

    private static Problem translate(Exception thrown) {
        return switch (thrown) {
            case Problem problem -> problem;
            case HttpMessageNotReadableException unreadable -> translate(unreadable);
            case HttpRequestMethodNotSupportedException wrong ->
                Problem.of(ErrorCode.METHOD_NOT_ALLOWED, wrong.getMethod() + " is not possible here.");
            case HttpMediaTypeNotSupportedException wrong ->
                Problem.at(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        HttpHeaders.CONTENT_TYPE,
                        wrong.getContentType() == null ? "is missing" : "must be application/json in UTF-8");
            case MissingServletRequestParameterException missing ->
                Problem.at(ErrorCode.INVALID_REQUEST, missing.getParameterName(), "is required");
            case MethodArgumentTypeMismatchException mismatch ->
                Problem.at(ErrorCode.INVALID_REQUEST, mismatch.getName(), "has a wrong format");
            case DataAccessResourceFailureException _,
                    CannotCreateTransactionException _,
                    RecoverableDataAccessException _,
                    TransientDataAccessException _ ->
                Problem.of(ErrorCode.UNAVAILABLE, "The database cannot be reached just now.")
                        .retryAfter(Duration.ofSeconds(2));
            case ErrorResponse standard -> translate(standard);
            default ->
                Problem.of(ErrorCode.INTERNAL_ERROR, "Please try again, and name the request id if it persists.");
        };
    }

    private static Problem translate(HttpMessageNotReadableException unreadable) {
        Throwable cause = unreadable;
        while (cause != null) {
            if (cause instanceof Problem problem) {
                return problem;
            }
            cause = cause.getCause();
        }
        return Problem.of(ErrorCode.INVALID_REQUEST, "A JSON body is required.");
    }

    private static Problem translate(ErrorResponse standard) {
        return switch (standard.getStatusCode().value()) {
            case 404 -> Problem.of(ErrorCode.NOT_FOUND, "Nothing is at this path.");
            case 405 -> Problem.of(ErrorCode.METHOD_NOT_ALLOWED, "That method is not possible here.");
            case 406 -> Problem.at(ErrorCode.NOT_ACCEPTABLE, HttpHeaders.ACCEPT, "must allow application/json");
            case 413 -> Problem.of(ErrorCode.PAYLOAD_TOO_LARGE, "The body is too large.");
            case 415 ->
                Problem.at(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        HttpHeaders.CONTENT_TYPE,
                        "must be application/json in UTF-8");
            default ->
                standard.getStatusCode().is4xxClientError()
                        ? Problem.of(ErrorCode.INVALID_REQUEST, "The request cannot be understood.")
                        : Problem.of(ErrorCode.UNAVAILABLE, "This cannot be answered just now.");
        };
    }
}
