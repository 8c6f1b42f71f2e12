package dev.offpeak.shared.core;

import java.util.Locale;

/// Every error that Offpeak names, with who has to act and whether the same request may succeed later.
/// The same code stands in the API's problem, on the job, in its webhook, in the log and on the metric.
public enum ErrorCode {
    // What a caller sent.
    INVALID_REQUEST(Blame.CALLER, false, 400, "The request is not valid"),
    MALFORMED_JSON(Blame.CALLER, false, 400, "The body is not valid JSON"),
    UNKNOWN_FIELD(Blame.CALLER, false, 400, "The request has a field that is not known"),
    INVALID_IDEMPOTENCY_KEY(Blame.CALLER, false, 400, "The Idempotency-Key is not valid"),
    UNAUTHENTICATED(Blame.CALLER, false, 401, "No valid API key"),
    FORBIDDEN(Blame.CALLER, false, 403, "The API key lacks the scope for this"),
    NOT_FOUND(Blame.CALLER, false, 404, "There is no such thing"),
    METHOD_NOT_ALLOWED(Blame.CALLER, false, 405, "This resource does not take that method"),
    NOT_ACCEPTABLE(Blame.CALLER, false, 406, "No representation that the client accepts"),
    REQUEST_TIMEOUT(Blame.CALLER, true, 408, "The body arrived too slowly"),
    JOB_ALREADY_FINISHED(Blame.CALLER, false, 409, "The job has already finished"),
    BATCH_ALREADY_FINISHED(Blame.CALLER, false, 409, "The batch has already finished"),
    CONFLICT(Blame.CALLER, false, 409, "The request conflicts with the present state"),
    PAYLOAD_TOO_LARGE(Blame.CALLER, false, 413, "The body is too large"),
    UNSUPPORTED_MEDIA_TYPE(Blame.CALLER, false, 415, "The content type is not supported"),
    IDEMPOTENCY_KEY_REUSED(Blame.CALLER, false, 422, "The Idempotency-Key was used for another request"),
    UNKNOWN_WORKFLOW(Blame.CALLER, false, 422, "There is no such workflow"),
    UNKNOWN_TEMPLATE(Blame.CALLER, false, 422, "There is no such template"),
    INVALID_TEMPLATE_PARAMS(Blame.CALLER, false, 422, "The template's parameters do not fit"),
    INVALID_LINES(Blame.CALLER, false, 422, "Lines of the upload are not valid"),
    DUPLICATE_CUSTOM_ID(Blame.CALLER, false, 422, "Two lines of the upload have the same custom_id"),
    UNKNOWN_MODEL(Blame.CALLER, false, 422, "There is no price for this model"),
    UNSUPPORTED_PARAMETER(Blame.CALLER, false, 422, "The chosen model does not take this parameter"),
    PROVIDER_NOT_CONFIGURED(Blame.OPERATOR, false, 422, "The workflow's provider is not configured"),
    INVALID_WEBHOOK_URL(Blame.CALLER, false, 422, "The webhook URL may not be used"),
    TOO_MANY_REQUESTS(Blame.CALLER, true, 429, "Too many requests"),

    // How a job can fail.
    DEADLINE_EXCEEDED(Blame.CALLER, false, 422, "The deadline passed before the job finished"),
    MAX_COST_EXCEEDED(Blame.CALLER, false, 422, "The job would cost more than it may"),
    PROVIDER_REJECTED(Blame.CALLER, false, 422, "The provider refused the request"),
    PROVIDER_UNAUTHENTICATED(Blame.OPERATOR, false, 502, "The provider refused our credentials"),
    PROVIDER_RATE_LIMITED(Blame.PROVIDER, true, 503, "The provider limits our rate"),
    PROVIDER_OVERLOADED(Blame.PROVIDER, true, 503, "The provider is overloaded"),
    PROVIDER_UNAVAILABLE(Blame.PROVIDER, true, 502, "The provider failed or could not be reached"),
    PROVIDER_TIMEOUT(Blame.PROVIDER, true, 504, "The provider did not answer in time"),
    PROVIDER_MALFORMED_ANSWER(Blame.PROVIDER, true, 502, "The provider's answer could not be read"),
    ANSWER_TRUNCATED(Blame.CALLER, false, 422, "The answer was cut off at the output limit"),
    ANSWER_EMPTY(Blame.PROVIDER, false, 502, "The provider answered without content"),
    ANSWER_REFUSED(Blame.CALLER, false, 422, "The model refused to answer"),
    ANSWER_SCHEMA_VIOLATION(Blame.PROVIDER, false, 502, "The answer does not follow the response format"),
    WORKER_LOST(Blame.US, true, 500, "The job's workers died too often"),

    // What a call is marked with, in the database and the log: no answer, job or webhook carries it.
    JOB_CANCELLED(Blame.CALLER, false, 409, "The job was cancelled while its call was under way"),

    // Us.
    INTERNAL_ERROR(Blame.US, true, 500, "Something went wrong on our side"),
    UNAVAILABLE(Blame.US, true, 503, "Offpeak cannot take this now");

    /// Who has to act.
    public enum Blame {
        CALLER,
        OPERATOR,
        PROVIDER,
        US
    }

    private final Blame blame;
    private final boolean retryable;
    private final int httpStatus;
    private final String title;

    ErrorCode(Blame blame, boolean retryable, int httpStatus, String title) {
        this.blame = blame;
        this.retryable = retryable;
        this.httpStatus = httpStatus;
        this.title = title;
    }

    public Blame blame() {
        return blame;
    }

    /// Whether the same request may succeed later.
    public boolean retryable() {
        return retryable;
    }

    /// The status of the API's answer where this code is one.
    public int httpStatus() {
        return httpStatus;
    }

    /// One sentence for people, the same for every occurrence.
    public String title() {
        return title;
    }

    /// The code as it stands on the wire, in tables and on metrics.
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException where no error has that code
    public static ErrorCode ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
