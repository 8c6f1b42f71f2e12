package dev.offpeak.shared.providers;

import java.util.List;

/// How many tokens a prompt may have, before anybody has counted them: an estimate from above, made from characters in
/// one pass and without a tokeniser's tables, for budget holds, limits and calls whose answer was never seen.
///
/// Against OpenAI's o200k, prose, code, tables and the larger scripts come out between the true count and about four
/// times that, English below twice. Random letters, such as base64, can have more tokens than this says.
public final class TokenEstimate {

    /// What the frame of a request costs apart from its messages.
    private static final long REQUEST = 16;
    /// What a message costs apart from its content: its role and its separators.
    private static final long MESSAGE = 6;

    /// Newer Claude tokenisers make more tokens of a text than OpenAI's do.
    private static final long ANTHROPIC_PERCENT = 140;

    private static final long OTHERS_PERCENT = 100;

    private TokenEstimate() {}

    /// @param provider the protocol, `openai` or `anthropic`
    public static long of(String provider, List<ChatMessage> messages, ResponseFormat responseFormat) {
        long tokens = REQUEST + schema(provider, responseFormat);
        for (ChatMessage message : messages) {
            tokens += MESSAGE + ofText(provider, message.content());
        }
        return tokens;
    }

    public static long ofText(String provider, String text) {
        long sixths = 0;
        for (int at = 0; at < text.length(); at++) {
            sixths += sixths(text.charAt(at));
        }
        long percent = ProviderSettings.ANTHROPIC.equals(provider) ? ANTHROPIC_PERCENT : OTHERS_PERCENT;
        return Math.ceilDiv(sixths * percent, 600);
    }

    private static long schema(String provider, ResponseFormat format) {
        return switch (format) {
            case ResponseFormat.Text _ -> 0;
            case ResponseFormat.JsonObject _ -> 2 * REQUEST;
            case ResponseFormat.JsonSchema wanted -> 4 * REQUEST + ofText(provider, wanted.schema());
        };
    }

    /// Words of ASCII letters are the cheapest, since tokenisers know them whole; a sign may be a token of its own.
    private static long sixths(char c) {
        if (c == ' ' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            return 2;
        }
        boolean digit = c >= '0' && c <= '9';
        boolean twoBytes = c >= 0x80 && c < 0x800;
        return digit || twoBytes ? 4 : 6;
    }
}
