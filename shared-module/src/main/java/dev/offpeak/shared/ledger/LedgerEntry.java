package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.LedgerEntryId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One unit that a provider bills, as the ledger holds it.
///
/// @param source `call`, `line` or `correction`
/// @param status `confirmed`, or `unconfirmed` where the answer was not seen whole and the estimate stands
/// @param billed null: the model has no price
/// @param usage what was used, or is taken back by a correction
/// @param price the id of the price row
/// @param at when its unit entered the ledger; never moves
/// @param settledAt when an entry that was unconfirmed became what it is: confirmed by a late answer, written off at
/// its
///     estimate, or corrected; null where it is open, or was confirmed from the first
public record LedgerEntry(
        LedgerEntryId id,
        String source,
        UUID sourceId,
        String status,
        boolean overlap,
        JobId job,
        @Nullable BatchId batch,
        String provider,
        String model,
        String lane,
        Usage usage,
        @Nullable Usd billed,
        @Nullable Usd list,
        @Nullable String price,
        Instant at,
        @Nullable Instant settledAt) {

    /// What marks a row that takes another one back.
    public static final String CORRECTION = "correction";
}
