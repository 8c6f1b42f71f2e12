package dev.offpeak.shared.schemas;

/// A text that cannot serve as the schema of an answer. The message says why, in the form `must …`, for whoever wrote
/// it.
public final class InvalidAnswerSchema extends Exception {

    InvalidAnswerSchema(String message) {
        super(message);
    }
}
