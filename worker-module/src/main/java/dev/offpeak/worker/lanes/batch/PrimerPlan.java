package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.ledger.Rates;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Whether a batch gains by a primer: a batch of one line that goes first and writes the prefix that all
/// lines share into the provider's prompt cache. Lines of one batch never read what others of it wrote, so a
/// breakpoint in a cold batch costs more than none.
final class PrimerPlan {

    private PrimerPlan() {}

    /// @param lines that share the prefix
    /// @param prefixTokens of it
    /// @param shortestPrefix tokens below which the provider keeps nothing
    /// @param stubTokens what the primer's line has beside the prefix, its answer included
    /// @param timeLeft until the nearest deadline; null: there is none
    /// @param patience how long the primer may take
    /// @param rates of a line of a provider batch
    record Case(
            int lines,
            long prefixTokens,
            long shortestPrefix,
            long stubTokens,
            @Nullable Duration timeLeft,
            Duration patience,
            Rates rates) {}

    static boolean pays(Case batch) {
        return batch.prefixTokens() >= batch.shortestPrefix() && inTime(batch) && cheaper(batch);
    }

    /// Half of the time belongs to the batch itself.
    private static boolean inTime(Case batch) {
        Duration left = batch.timeLeft();
        return left == null || left.compareTo(batch.patience().multipliedBy(2)) >= 0;
    }

    /// All that is not the prefix costs the same both ways. Without a rate nobody can say.
    private static boolean cheaper(Case batch) {
        Rates rates = batch.rates();
        BigDecimal input = rates.input();
        BigDecimal cached = rates.cachedInput();
        BigDecimal write = rates.cacheWrite1h();
        BigDecimal output = rates.output();
        if (input == null || cached == null || write == null || output == null) {
            return false;
        }
        BigDecimal prefix = BigDecimal.valueOf(batch.prefixTokens());
        BigDecimal lines = BigDecimal.valueOf(batch.lines());
        BigDecimal plain = prefix.multiply(lines).multiply(input);
        BigDecimal stub = BigDecimal.valueOf(batch.stubTokens())
                .multiply(Stream.of(input, output).max(BigDecimal::compareTo).orElseThrow());
        BigDecimal primed =
                prefix.multiply(write).add(stub).add(prefix.multiply(lines).multiply(cached));
        return primed.compareTo(plain) < 0;
    }
}
