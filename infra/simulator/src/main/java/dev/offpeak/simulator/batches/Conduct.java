package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.tokens.Hashes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How a batch behaves: the `batch` part of the behaviour as it was when the batch was created, and the batch's
/// luck, from which everything is drawn that happens at a rate.
public record Conduct(JsonNode settings, long luck) {
    private static final Duration DAY = Duration.ofDays(1);

    /// The dice of a batch as a whole and of each of its lines.
    public enum Die {
        CREATE_FAILS,
        VANISHES,
        LENGTH,
        HALF,
        ORDER,
        HIT_RATE,
        LINE_LOST,
        LINE_FAILS,
        LINE_TIMES_OUT,
        LINE_STATUS_ZERO,
        LINE_DRAINS,
        LINE_DUPLICATED,
        LINE_STRAY,
        LINE_MALFORMED,
        LINE_HITS,
        LINE_PAUSES,
        LINE_SPLITS,
        HOOK_LOST,
        HOOK_DUPLICATED,
        HOOK_FORGED,
        DOWNLOAD_CUT
    }

    public boolean flag(String name) {
        return settings.path(name).asBoolean();
    }

    public String word(String name) {
        return settings.path(name).asString();
    }

    public @Nullable String text(String name) {
        return Json.string(settings, name);
    }

    public @Nullable Long limit(String name) {
        return Json.has(settings, name) ? (Long) settings.path(name).asLong() : null;
    }

    public int number(String name) {
        return settings.path(name).asInt();
    }

    public Duration span(String name) {
        return seconds(settings.path(name).asDouble());
    }

    /// Whether the batch as a whole is hit by what happens at the named rate.
    public boolean drawn(String rate, Die die) {
        return roll(die) < settings.path(rate).asDouble();
    }

    public boolean drawn(String rate, Die die, long line) {
        return roll(die, line) < settings.path(rate).asDouble();
    }

    public double roll(Die die) {
        return Hashes.fraction(Hashes.mix(luck, -1 - die.ordinal()));
    }

    public double roll(Die die, long line) {
        return Hashes.fraction(Hashes.mix(Hashes.mix(luck, die.ordinal()), line));
    }

    /// From creation to the end, without anything in its way.
    Duration whole() {
        double sigma = settings.path("seconds_sigma").asDouble();
        double seconds = settings.path("seconds_to_complete").asDouble();
        if (sigma > 0) {
            double radius = Math.sqrt(-2 * Math.log(1 - roll(Die.LENGTH, 0)));
            seconds *= Math.exp(sigma * radius * Math.cos(2 * Math.PI * roll(Die.LENGTH, 1)));
        }
        return seconds(seconds);
    }

    Duration validation() {
        return part("validation_seconds", 3);
    }

    Duration finalizing() {
        return part("finalizing_seconds", 2);
    }

    Duration cancelling() {
        return part("cancel_seconds", 2);
    }

    /// How long lines run.
    Duration running(boolean validates) {
        Duration left = whole().minus(finalizing()).minus(validates ? validation() : Duration.ZERO);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /// Whether the batch is to expire with half of its lines done, whatever else it could have done.
    boolean expires() {
        return Json.has(settings, "expire_after_seconds");
    }

    /// How long the batch may take.
    public Duration window() {
        return expires() ? span("expire_after_seconds") : DAY;
    }

    boolean stallsIn(Phase phase) {
        return flag("stall") && word("stall_in").equals(phase.wire());
    }

    /// As set, or a tenth of the whole, at most so many seconds.
    private Duration part(String name, int most) {
        if (Json.has(settings, name)) {
            return span(name);
        }
        Duration tenth = whole().dividedBy(10);
        return tenth.compareTo(Duration.ofSeconds(most)) > 0 ? Duration.ofSeconds(most) : tenth;
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos((long) Math.min(seconds * 1e9, 9e18));
    }
}
