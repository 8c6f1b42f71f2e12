package dev.offpeak.shared.prompts;

import dev.offpeak.shared.providers.ChatMessage;
import java.util.List;

/// A template with its gaps filled.
///
/// @param params the values as canonical JSON: equal values give equal text
public record RenderedPrompt(List<ChatMessage> messages, String params) {

    public RenderedPrompt {
        messages = List.copyOf(messages);
    }
}
