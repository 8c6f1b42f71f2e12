package dev.offpeak.shared.providers;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One request in a batch, free of any vendor's types.
///
/// @param customId ours, `[A-Za-z0-9_-]{1,64}`, unique in its batch
/// @param cachedMessages how many messages from the first on are the prefix that all lines share and that the
///     provider is told to keep for an hour; 0: none, and nothing is said about caching
public record BatchLine(
        String customId,
        String model,
        List<ChatMessage> messages,
        int maxOutputTokens,
        @Nullable BigDecimal temperature,
        ResponseFormat responseFormat,
        int cachedMessages) {

    public BatchLine {
        messages = List.copyOf(messages);
        if (cachedMessages < 0 || cachedMessages > messages.size()) {
            throw new IllegalArgumentException("no such prefix");
        }
    }
}
