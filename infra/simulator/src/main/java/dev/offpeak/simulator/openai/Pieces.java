package dev.offpeak.simulator.openai;

import java.util.ArrayList;
import java.util.List;

/// Cuts a text into pieces for streaming, at word ends, never inside a character.
final class Pieces {
    private Pieces() {}

    static List<String> of(String text) {
        List<String> pieces = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int space = text.indexOf(' ', start + 1);
            int end = space < 0 ? text.length() : space;
            pieces.add(text.substring(start, end));
            start = end;
        }
        return pieces;
    }
}
