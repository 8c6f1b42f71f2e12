package dev.offpeak.bench;

import dev.offpeak.bench.WorkerPair.Hold;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.node.ObjectNode;

/// Kills one of two workers that both run tasks, round after round, and times how soon each task it held starts on the
/// other. The older and the younger worker die in turns: a cluster's first member may have duties that the others lack.
final class KillRounds {

    private static final Duration GAP = Duration.ofMillis(200);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final WorkerPair pair;
    private final int tasks;
    private final Duration patience;
    private final List<Process> oldestFirst = new ArrayList<>();
    private final Latencies all = new Latencies();
    private final ObjectNode figures = Json.object();
    private int submitted;
    private int held;
    private boolean whole = true;

    /// @param tasks of one round; more are sent where the workers share them too unevenly
    KillRounds(WorkerPair pair, int tasks, Duration patience) {
        this.pair = pair;
        this.tasks = tasks;
        this.patience = patience;
        figures.putArray("rounds");
    }

    void open() throws IOException, InterruptedException {
        oldestFirst.add(pair.startWorker());
        oldestFirst.add(pair.startWorker());
    }

    void round(int number) throws IOException, InterruptedException {
        boolean shared = share();
        boolean older = number % 2 == 0;
        Process victim = oldestFirst.remove(older ? 0 : 1);
        Instant killed = pair.now(); // before the kill, so that no figure comes out too small
        victim.destroyForcibly();
        if (!victim.waitFor(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("a killed worker lives on");
        }
        Map<String, Hold> holds = pair.heldBy(victim);
        boolean again = Waiting.until(
                () -> pair.startedElsewhere(holds.keySet(), victim, killed).size() == holds.size(),
                patience,
                LOOK_EVERY);
        record(older, holds, killed, pair.startedElsewhere(holds.keySet(), victim, killed));
        whole &= shared && again && !holds.isEmpty();
        pair.endRound();
        oldestFirst.add(pair.startWorker());
    }

    /// Whether every task that a killed worker held started again, and there was one in every round.
    boolean whole() {
        return whole;
    }

    Latencies latencies() {
        return all;
    }

    ObjectNode json() {
        ObjectNode summary = all.summary();
        summary.put("tasks_held", held).put("tasks_never_started_again", held - all.count());
        summary.setAll(figures);
        return summary;
    }

    /// Sends tasks until each worker runs a quarter of them.
    private boolean share() {
        int least = Math.max(1, tasks / 4);
        for (int sent = 0; sent < 6 * tasks; sent++) {
            if (sent >= tasks && oldestFirst.stream().allMatch(worker -> running(worker) >= least)) {
                return true;
            }
            pair.submit(submitted++);
            LockSupport.parkNanos(GAP.toNanos());
        }
        return false;
    }

    private long running(Process worker) {
        return pair.heldBy(worker).values().stream()
                .filter(hold -> hold == Hold.RUNNING)
                .count();
    }

    private void record(boolean older, Map<String, Hold> holds, Instant killed, Map<String, Instant> starts) {
        var ofRound = new Latencies();
        var kinds = new EnumMap<Hold, Integer>(Hold.class);
        holds.values().forEach(hold -> kinds.merge(hold, 1, Integer::sum));
        starts.values().forEach(start -> {
            Duration gap = Duration.between(killed, start);
            ofRound.record(gap);
            all.record(gap);
        });
        held += holds.size();
        ObjectNode round = figures.withArray("rounds").addObject();
        round.put("killed", older ? "the older worker" : "the younger worker");
        kinds.forEach((hold, count) -> round.put(hold.name().toLowerCase(Locale.ROOT), count));
        round.setAll(ofRound.summary());
    }
}
