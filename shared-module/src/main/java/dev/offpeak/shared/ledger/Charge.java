package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a unit costs. Either all of billed, list and price are there, or none: then it is unpriced, which is not zero.
public record Charge(
        @Nullable Usd billed, @Nullable Usd list, @Nullable String price, List<CostLine> lines) {

    public static final Charge UNPRICED = new Charge(null, null, null, List.of());

    public Charge {
        lines = List.copyOf(lines);
        if ((billed == null) != (price == null) || (list == null) != (price == null)) {
            throw new IllegalArgumentException("a charge has billed, list and price, or none of them");
        }
    }

    public boolean priced() {
        return price != null;
    }
}
