package dev.offpeak.standalone;

/// Offpeak cannot start here. The message is one sentence for the person at the terminal: what is wrong and what to do.
final class CannotStart extends RuntimeException {
    private final String sentence;

    CannotStart(String sentence) {
        super(sentence);
        this.sentence = sentence;
    }

    CannotStart(String sentence, Throwable cause) {
        super(sentence, cause);
        this.sentence = sentence;
    }

    String sentence() {
        return sentence;
    }
}
