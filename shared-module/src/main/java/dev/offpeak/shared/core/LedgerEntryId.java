package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of a ledger row, `led_…` outside.
public record LedgerEntryId(UUID value) {

    private static final String PREFIX = "led";

    /// @return empty where the text is no such id
    public static Optional<LedgerEntryId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(LedgerEntryId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
