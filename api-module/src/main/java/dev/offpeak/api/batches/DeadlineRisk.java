package dev.offpeak.api.batches;

import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.lanes.Capacity;
import dev.offpeak.shared.workflows.ModelChoice;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Whether the lines of an upload could all be called before their deadlines, nearest first: those that must be called
/// one by one, and those of provider batches should these not come. For one upload.
final class DeadlineRisk {

    /// Deadlines are told apart no finer, so that a million of them take little room.
    private static final long APART = Duration.ofSeconds(10).toMillis();

    private final Map<Way, TreeMap<Long, Integer>> lines = new HashMap<>();
    private final Instant now;
    private final BiFunction<ModelChoice, Duration, Optional<Capacity>> capacity;
    private final int places;

    private record Way(ModelChoice model, boolean calledAlone) {}

    /// @param capacity of a model's provider for who has so much time; empty where it is not configured
    /// @param places how many lines of a batch are called one by one at once
    DeadlineRisk(Instant now, BiFunction<ModelChoice, Duration, Optional<Capacity>> capacity, int places) {
        this.now = now;
        this.capacity = capacity;
        this.places = places;
    }

    void add(ModelChoice model, boolean calledAlone, Instant deadline) {
        lines.computeIfAbsent(new Way(model, calledAlone), _ -> new TreeMap<>())
                .merge(deadline.toEpochMilli() / APART * APART, 1, Integer::sum);
    }

    /// @return null where the capacity suffices for all
    @Nullable LaneReason said() {
        int all = 0;
        int late = 0;
        LaneReason first = null;
        for (var way : lines.entrySet()) {
            int before = 0;
            for (var due : way.getValue().entrySet()) {
                all += due.getValue();
                LaneReason shortfall = shortfall(way.getKey(), before + due.getValue(), due.getKey());
                int met = shortfall == null ? due.getValue() : met(way.getKey(), before, due.getValue(), due.getKey());
                before += met; // the others take nobody's turn: those behind them may still be met
                late += due.getValue() - met;
                first = first == null ? shortfall : first;
            }
        }
        return first == null
                ? null
                : new LaneReason(
                        first.code(), "Of " + all + " lines " + late + " may come too late. " + first.message());
    }

    /// @return how many of `due` lines can be called in time after those before them, where not all can
    private int met(Way way, int before, int due, long deadline) {
        int met = 0;
        int tooMany = due;
        while (tooMany - met > 1) {
            int middle = (met + tooMany) >>> 1;
            if (shortfall(way, before + middle, deadline) == null) {
                met = middle;
            } else {
                tooMany = middle;
            }
        }
        return met;
    }

    private @Nullable LaneReason shortfall(Way way, int count, long deadline) {
        Duration left = Duration.between(now, Instant.ofEpochMilli(deadline));
        return capacity.apply(way.model(), left)
                .map(known -> way.calledAlone() ? known.within(places) : known)
                .flatMap(known ->
                        known.behind(count - 1).shortfall(left).stream().findFirst())
                .orElse(null);
    }
}
