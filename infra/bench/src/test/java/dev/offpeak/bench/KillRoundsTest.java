package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class KillRoundsTest {

    private final Pair pair = new Pair();

    @Test
    void killsTheOlderAndTheYoungerWorkerInTurns() throws Exception {
        KillRounds rounds = rounds(2);

        assertThat(pair.workers).extracting(Process::isAlive).containsExactly(false, true, false, true);
        assertThat(rounds.json()
                        .path("rounds")
                        .valueStream()
                        .map(round -> round.path("killed").asString()))
                .containsExactly("the older worker", "the younger worker");
    }

    @Test
    void timesEveryTaskOfTheKilledWorkerFromTheKill() throws Exception {
        pair.again = Map.of("0", Duration.ofSeconds(8), "2", Duration.ofSeconds(12));

        KillRounds rounds = rounds(1);

        JsonNode figures = rounds.json();
        assertThat(rounds.whole()).isTrue();
        assertThat(figures.path("tasks_held").asInt()).isEqualTo(2);
        assertThat(figures.path("max_ms").asDouble()).isBetween(11_990.0, 12_010.0);
        assertThat(figures.path("rounds").path(0).path("running").asInt()).isEqualTo(2);
    }

    @Test
    void isNotWholeWhereATaskNeverStartedAgain() throws Exception {
        pair.again = Map.of("0", Duration.ofSeconds(8));

        KillRounds rounds = rounds(1);

        assertThat(rounds.whole()).isFalse();
        assertThat(rounds.json().path("tasks_never_started_again").asInt()).isOne();
    }

    private KillRounds rounds(int count) throws Exception {
        var rounds = new KillRounds(pair, 4, Duration.ofMillis(50));
        rounds.open();
        for (int round = 0; round < count; round++) {
            rounds.round(round);
        }
        return rounds;
    }

    /// Gives even tasks to the first living worker, odd ones to the second.
    private static final class Pair implements WorkerPair {

        private final List<Worker> workers = new ArrayList<>();
        private final Map<String, Worker> holders = new HashMap<>();
        private Map<String, Duration> again = Map.of();

        @Override
        public Process startWorker() {
            var worker = new Worker();
            workers.add(worker);
            return worker;
        }

        @Override
        public void submit(int number) {
            List<Worker> living = workers.stream().filter(Process::isAlive).toList();
            holders.put(Integer.toString(number), living.get(number % 2));
        }

        @Override
        public Map<String, Hold> heldBy(Process worker) {
            var held = new HashMap<String, Hold>();
            holders.forEach((task, holder) -> {
                if (holder == worker) {
                    held.put(task, Hold.RUNNING);
                }
            });
            return held;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public Map<String, Instant> startedElsewhere(Collection<String> tasks, Process dead, Instant after) {
            var starts = new HashMap<String, Instant>();
            again.forEach((task, gap) -> starts.put(task, after.plus(gap)));
            starts.keySet().retainAll(tasks);
            return starts;
        }

        @Override
        public void endRound() {
            holders.clear();
        }
    }

    private static final class Worker extends Process {

        private boolean alive = true;

        @Override
        public boolean isAlive() {
            return alive;
        }

        @Override
        public Process destroyForcibly() {
            alive = false;
            return this;
        }

        @Override
        public void destroy() {
            alive = false;
        }

        @Override
        public boolean waitFor(long timeout, TimeUnit unit) {
            return !alive;
        }

        @Override
        public int waitFor() {
            return 0;
        }

        @Override
        public int exitValue() {
            return 137;
        }

        @Override
        public OutputStream getOutputStream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public InputStream getInputStream() {
            return InputStream.nullInputStream();
        }

        @Override
        public InputStream getErrorStream() {
            return InputStream.nullInputStream();
        }
    }
}
