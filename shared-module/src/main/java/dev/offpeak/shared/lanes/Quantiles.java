package dev.offpeak.shared.lanes;

import java.time.Duration;

/// How long something takes: in half of all cases at most `p50`, and so on.
public record Quantiles(Duration p50, Duration p90, Duration p99) {

    /// Standard normal quantiles.
    private static final double Z90 = 1.2816;

    private static final double Z99 = 2.3263;

    public Quantiles {
        if (p50.isNegative() || p90.compareTo(p50) < 0 || p99.compareTo(p90) < 0) {
            throw new IllegalArgumentException("not quantiles: " + p50 + ", " + p90 + ", " + p99);
        }
    }

    /// What is expected before anything has been seen: times of answers and batches are roughly lognormal,
    /// here with a deviation of one.
    public static Quantiles expected(Duration p90) {
        double ninety = p90.toMillis();
        return new Quantiles(
                millis(ninety / Math.exp(Z90)), p90, millis(Math.max(ninety, ninety * Math.exp(Z99 - Z90))));
    }

    /// These as what was expected, with what was seen. On the scale of logarithms, on which such times are
    /// spread evenly: twenty batches of a minute must not weigh nothing beside one expected hour.
    ///
    /// @param seen how often
    /// @param weight how many sightings the expectation is worth
    public Quantiles updatedBy(Quantiles observed, long seen, int weight) {
        double share = (double) seen / (seen + weight);
        return new Quantiles(
                between(p50, observed.p50, share),
                between(p90, observed.p90, share),
                between(p99, observed.p99, share));
    }

    /// What nobody has to wait for longer.
    Quantiles atMost(Duration longest) {
        return new Quantiles(shorter(p50, longest), shorter(p90, longest), shorter(p99, longest));
    }

    private static Duration between(Duration expected, Duration observed, double share) {
        double logarithm = (1 - share) * Math.log(Math.max(1, expected.toMillis()))
                + share * Math.log(Math.max(1, observed.toMillis()));
        return millis(Math.exp(logarithm));
    }

    private static Duration millis(double millis) {
        return Duration.ofMillis(Math.round(millis));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
