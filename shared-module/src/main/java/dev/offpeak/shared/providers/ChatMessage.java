package dev.offpeak.shared.providers;

import java.util.Locale;

/// One message of a conversation.
public record ChatMessage(Role role, String content) {

    /// Who speaks.
    public enum Role {
        SYSTEM,
        USER,
        ASSISTANT;

        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Role ofWire(String wire) {
            return valueOf(wire.toUpperCase(Locale.ROOT));
        }
    }
}
