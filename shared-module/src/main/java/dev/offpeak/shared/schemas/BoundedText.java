package dev.offpeak.shared.schemas;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/// A text that a regular expression may look at only so often: a client's pattern must not hold a thread for hours.
public final class BoundedText implements CharSequence {

    /// Milliseconds of work for an honest pattern on a long text.
    static final int MOST_LOOKS = 1_000_000;

    private final CharSequence text;
    private final AtomicInteger looksLeft;

    private BoundedText(CharSequence text, AtomicInteger looksLeft) {
        this.text = text;
        this.looksLeft = looksLeft;
    }

    /// Whether the whole text matches; a pattern that takes too long does not.
    public static boolean matches(Pattern pattern, String text) {
        try {
            return pattern.matcher(new BoundedText(text, new AtomicInteger(MOST_LOOKS)))
                    .matches();
        } catch (TooManyLooks | StackOverflowError _) {
            return false;
        }
    }

    /// Whether the pattern is found in the text.
    ///
    /// @param looksLeft how often characters may still be looked at, shared by all texts of one check
    /// @throws TooManyLooks where that is not enough
    static boolean find(Pattern pattern, String text, AtomicInteger looksLeft) {
        return pattern.matcher(new BoundedText(text, looksLeft)).find();
    }

    /// An error, for the validator takes an exception for a text that does not match, which `not` turns into a match.
    static final class TooManyLooks extends Error {
        private TooManyLooks() {
            super("the pattern backtracks too often", null, false, false);
        }
    }

    @Override
    public char charAt(int index) {
        if (looksLeft.decrementAndGet() < 0) {
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
        return new BoundedText(text.subSequence(start, end), looksLeft);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
