package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.util.List;

/// What a job cost, added up over the ledger rows of its calls and lines.
///
/// @param billed the sum of what is priced
/// @param complete whether every row has a price; where not, `billed` is no more than a part
/// @param last whether nothing of it can change any more: no call is in flight, no line is at its
///     provider, and no unconfirmed row is open
public record Receipt(Usd billed, Usd list, boolean complete, boolean last, List<CostLine> lines, Usage usage) {

    public static final Receipt NOTHING = new Receipt(Usd.ZERO, Usd.ZERO, true, true, List.of(), Usage.NONE);

    public Receipt {
        lines = List.copyOf(lines);
    }

    public Usd saved() {
        return list.minus(billed);
    }
}
