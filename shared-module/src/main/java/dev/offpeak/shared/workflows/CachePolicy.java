package dev.offpeak.shared.workflows;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Whether and how a workflow's answers may be served again.
///
/// @param reason why the cache is off, where it is
/// @param exactTtl how long an answer serves equal requests
/// @param semanticTtl how long it serves similar ones
/// @param semanticFloor the cosine below which nothing is served; above it the guards decide
/// @param perUser whether an answer serves its own user only
/// @param maxFalseHitRate which share of wrong hits is acceptable
public record CachePolicy(
        Mode mode,
        @Nullable String reason,
        Duration exactTtl,
        Duration semanticTtl,
        BigDecimal semanticFloor,
        boolean perUser,
        BigDecimal maxFalseHitRate) {

    public static final CachePolicy DEFAULT = new CachePolicy(
            Mode.EXACT,
            null,
            Duration.ofDays(7),
            Duration.ofHours(24),
            new BigDecimal("0.70"),
            false,
            new BigDecimal("0.01"));

    public CachePolicy {
        semanticFloor = semanticFloor.stripTrailingZeros(); // 0.7 and 0.70 are one rule
        maxFalseHitRate = maxFalseHitRate.stripTrailingZeros();
    }

    /// How much two requests must have in common.
    public enum Mode {
        OFF,
        EXACT,
        SEMANTIC;

        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// @throws IllegalArgumentException where there is no such mode
        public static Mode ofWire(String wire) {
            return valueOf(wire.toUpperCase(Locale.ROOT));
        }
    }
}
