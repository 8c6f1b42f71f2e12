package dev.offpeak.shared.core;

import java.math.BigDecimal;

/// An exact amount in US dollars, at most twelve decimals fine. Signed: the discount lines of a receipt are negative.
public record Usd(BigDecimal amount) implements Comparable<Usd> {

    /// `numeric(24,12)` in every table that holds money.
    public static final int SCALE = 12;

    public static final Usd ZERO = new Usd(BigDecimal.ZERO);

    public Usd {
        if (amount.stripTrailingZeros().scale() > SCALE) {
            throw new IllegalArgumentException("finer than 1e-12 USD: " + amount);
        }
    }

    public static Usd of(String amount) {
        return new Usd(new BigDecimal(amount));
    }

    public Usd plus(Usd other) {
        return new Usd(amount.add(other.amount));
    }

    public Usd minus(Usd other) {
        return new Usd(amount.subtract(other.amount));
    }

    public boolean isZero() {
        return amount.signum() == 0;
    }

    @Override
    public int compareTo(Usd other) {
        return amount.compareTo(other.amount);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Usd usd && amount.compareTo(usd.amount) == 0;
    }

    @Override
    public int hashCode() {
        return amount.stripTrailingZeros().hashCode();
    }

    /// The amount as the wire shows it: plain decimals, no exponent, no trailing zeros.
    @Override
    public String toString() {
        return isZero() ? "0" : amount.stripTrailingZeros().toPlainString();
    }
}
