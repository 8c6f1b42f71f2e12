package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of a webhook message, `msg_…` outside; the `webhook-id` of every try.
public record MessageId(UUID value) {

    private static final String PREFIX = "msg";

    /// @return empty where the text is no such id
    public static Optional<MessageId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(MessageId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
