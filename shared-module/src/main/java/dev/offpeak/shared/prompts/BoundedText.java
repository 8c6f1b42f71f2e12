package dev.offpeak.shared.prompts;

import java.util.regex.Pattern;

/// A text that a regular expression may look at only so often: a client's pattern must not hold a thread for hours.
final class BoundedText implements CharSequence {

    private static final int MOST_LOOKS = 1_000_000;

    private final CharSequence text;
    private final int[] looks;

    private BoundedText(CharSequence text, int[] looks) {
        this.text = text;
        this.looks = looks;
    }

    /// Whether the whole text matches; a pattern that takes too long does not.
    static boolean matches(Pattern pattern, String text) {
        try {
            return pattern.matcher(new BoundedText(text, new int[1])).matches();
        } catch (TooManyLooks | StackOverflowError _) {
            return false;
        }
    }

    private static final class TooManyLooks extends RuntimeException {
        private TooManyLooks() {
            super("the pattern backtracks too often", null, false, false);
        }
    }

    @Override
    public char charAt(int index) {
        if (++looks[0] > MOST_LOOKS) {
            throw new TooManyLooks();
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return new BoundedText(text.subSequence(start, end), looks);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
