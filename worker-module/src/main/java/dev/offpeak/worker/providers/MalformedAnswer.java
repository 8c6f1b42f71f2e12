package dev.offpeak.worker.providers;

/// A success whose body is not what the request asks for.
public final class MalformedAnswer extends Exception {

    private static final long serialVersionUID = 1L;

    /// @param detail for people; free of prompts, answers and keys
    public MalformedAnswer(String detail) {
        super(detail);
    }

    public String detail() {
        return String.valueOf(getMessage());
    }
}
