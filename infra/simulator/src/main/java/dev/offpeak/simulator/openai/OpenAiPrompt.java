package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.tokens.Hashes;
import dev.offpeak.simulator.tokens.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A prompt as OpenAI counts it: tools and schemas first, then the messages; three tokens frame each message,
/// one says its role, three open the answer. A picture, a sound or a file counts as 85 tokens.
final class OpenAiPrompt {
    private static final int FRAME = 3;
    private static final int MEDIUM = 85;

    private record Part(String role, String text, int media) {}

    private final List<Part> parts = new ArrayList<>();
    private String lastUser = "";
    private boolean userSpoke;

    void preamble(String text) {
        parts.add(new Part("", text, 0));
    }

    void message(String role, String text, int media) {
        parts.add(new Part(role, text, media));
        if (role.equals("user")) {
            lastUser = text;
            userSpoke = true;
        }
    }

    /// The last user message; without one, the last message.
    String lastUser() {
        return userSpoke || parts.isEmpty() ? lastUser : parts.getLast().text();
    }

    boolean mentions(String word) {
        return parts.stream()
                .anyMatch(part -> part.text().toLowerCase(java.util.Locale.ROOT).contains(word));
    }

    long count(Tokens tokens, String model) {
        long sum = FRAME;
        for (Part part : parts) {
            sum += frame(part) + tokens.count(model, part.text());
        }
        return sum;
    }

    /// One number a token, in the prompt's order; the frames are numbers that no text has.
    int[] ids(Tokens tokens, String model) {
        int[] all = new int[256];
        int size = 0;
        for (Part part : parts) {
            int[] text = tokens.ids(model, part.text());
            int frame = frame(part);
            if (size + frame + text.length > all.length) {
                all = Arrays.copyOf(all, Math.max(all.length * 2, size + frame + text.length));
            }
            Arrays.fill(all, size, size + frame, -1 - (int) (Hashes.of(part.role()) & 0xffff));
            size += frame;
            System.arraycopy(text, 0, all, size, text.length);
            size += text.length;
        }
        return Arrays.copyOf(all, size + FRAME);
    }

    private static int frame(Part part) {
        return part.role().isEmpty() ? 0 : FRAME + 1 + part.media() * MEDIUM;
    }
}
