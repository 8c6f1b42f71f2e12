package dev.offpeak.worker.providers;

import dev.offpeak.shared.providers.ChatMessage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What of a vendor's message may be kept. Vendors quote what they refuse, so the key, whatever looks like one, and
/// every piece of the prompt that is long enough to be recognised are taken out before the message is cut.
///
/// @param key the key in use, where there is one
/// @param messages the prompt of the request that failed
public record Redaction(Optional<String> key, List<ChatMessage> messages) {

    private static final int LONGEST = 300;
    /// A vendor's message beyond this is not looked at.
    private static final int LOOKED_AT = 1_000;
    /// Shorter pieces of a prompt are ordinary words.
    private static final int PIECE = 16;

    private static final int SHORTEST_PROMPT = 4;
    private static final String HIDDEN = "[…]";
    private static final Pattern KEY_LIKE =
            Pattern.compile("(?i)\\b(?:sk|pk|rk)-[A-Za-z0-9_*.-]{4,}|\\bbearer\\s+\\S+|x-api-key:?\\s+\\S+");
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    /// @return one line of at most 300 characters without the key and without the prompt
    public String clean(String message) {
        String text = message.length() > LOOKED_AT ? message.substring(0, LOOKED_AT) : message;
        if (key.isPresent()) {
            text = text.replace(key.get(), HIDDEN);
        }
        text = KEY_LIKE.matcher(text).replaceAll(HIDDEN);
        text = BLANKS.matcher(withoutPrompt(text)).replaceAll(" ").strip();
        return text.length() > LONGEST ? text.substring(0, LONGEST - 1) + "…" : text;
    }

    private String withoutPrompt(String text) {
        var hidden = new boolean[text.length()];
        for (ChatMessage message : messages) {
            hide(text, message.content(), hidden);
        }
        var kept = new StringBuilder(text.length());
        for (int at = 0; at < hidden.length; at++) {
            if (!hidden[at]) {
                kept.append(text.charAt(at));
            } else if (at == 0 || !hidden[at - 1]) {
                kept.append(HIDDEN);
            }
        }
        return kept.toString();
    }

    private static void hide(String text, String prompt, boolean[] hidden) {
        if (prompt.length() < SHORTEST_PROMPT) {
            return;
        }
        int piece = Math.min(PIECE, prompt.length());
        for (int at = 0; at + piece <= text.length(); at++) {
            if (prompt.contains(text.substring(at, at + piece))) {
                Arrays.fill(hidden, at, at + piece, true);
            }
        }
    }
}
