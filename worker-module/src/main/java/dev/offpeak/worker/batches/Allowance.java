package dev.offpeak.worker.batches;

import dev.offpeak.shared.batches.BatchFeeds.Spending;
import dev.offpeak.shared.batches.UnfedLine;
import dev.offpeak.shared.core.Usd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What may still be spent on a batch. Lines count with the most that they can cost until they are billed.
final class Allowance {

    /// So few lines are not worth a provider batch while more may fit soon.
    private static final int TOO_FEW = 100;

    private @Nullable Usd left;
    private boolean underWay;

    /// @param limit null: no limit
    Allowance(@Nullable Usd limit, Spending spending) {
        this.left = limit == null ? null : limit.minus(spending.billed()).minus(spending.underWay());
        this.underWay = !spending.underWay().isZero();
    }

    /// How many of these lines, from the first on, may be handed on this way now.
    int fitting(LineRoute route, List<UnfedLine> lines) {
        if (left == null) {
            return lines.size();
        }
        Usd rest = left;
        int fitting = 0;
        for (UnfedLine line : lines) {
            Usd most = route.most(line);
            if (most == null || most.compareTo(rest) > 0) {
                break;
            }
            rest = rest.minus(most);
            fitting++;
        }
        boolean enough = fitting == lines.size() || fitting >= TOO_FEW || !underWay;
        return enough ? fitting : 0;
    }

    void spend(LineRoute route, List<UnfedLine> lines) {
        Usd rest = left;
        if (rest != null) {
            for (UnfedLine line : lines) {
                Usd most = route.most(line);
                rest = most == null ? rest : rest.minus(most);
            }
            left = rest;
        }
        underWay |= !lines.isEmpty();
    }

    /// Whether what is under way may still turn out cheaper than it was estimated.
    boolean mayGrow() {
        return underWay;
    }
}
