package dev.offpeak.bench.faults;

import dev.offpeak.bench.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// What befalls processes: killed, stopped, ended at a failpoint, lied to about the time.
final class ProcessFaults {

    /// Longer than the eight seconds after which a silent worker counts as dead.
    private static final Duration LONGER_THAN_A_LEASE = Duration.ofSeconds(12);

    /// A new worker judges others only after a lease of its own.
    private static final Duration LONGEST_WAY_TO_A_FAILPOINT = Duration.ofSeconds(75);

    /// An unlucky draw may arm a point that is seldom reached.
    private static final int MOST_TRIES = 3;

    private ProcessFaults() {}

    /// One after the other, whoever is ready; at most two are away at a time.
    static void killStorm(Stage stage) {
        List<Member> members = stage.cluster().members();
        int killed = 0;
        for (int kills = 0; kills < stage.plan().stormKills(); kills++) {
            if (!Waiting.until(() -> away(members) <= 1, Duration.ofSeconds(120), Duration.ofMillis(200))) {
                throw new IllegalStateException("members do not come back from the storm");
            }
            List<Member> ready = members.stream().filter(Member::isReady).toList();
            if (!ready.isEmpty()) {
                Member victim = ready.get(stage.random().nextInt(ready.size()));
                victim.kill();
                killed += victim.exitValue() == Member.KILLED ? 1 : 0;
                stage.pauseMillis(100, 1500);
                victim.start(Map.of());
            }
        }
        stage.evidence("kills of the storm", killed, stage.plan().stormKills() * 9L / 10);
    }

    private static long away(List<Member> members) {
        return members.stream().filter(member -> !member.isReady()).count();
    }

    /// A worker, an API, and two workers at once.
    static void stopped(Stage stage) throws Exception {
        List<Member> workers = shuffled(stage.cluster().workers(), stage.random());
        stop(stage, workers.getFirst(), LONGER_THAN_A_LEASE);
        stage.pause(Duration.ofSeconds(5));
        stop(stage, stage.cluster().apis().getLast(), Duration.ofSeconds(5));
        stage.pause(Duration.ofSeconds(5));
        if (workers.size() > 2) {
            stage.during(
                    "stopped", workers.get(1), () -> stop(stage, workers.get(2), LONGER_THAN_A_LEASE, workers.get(1)));
        }
    }

    static void stop(Stage stage, Member victim, Duration length, Member... others) throws Exception {
        var all = new ArrayList<>(List.of(others));
        all.add(victim);
        stage.during("stopped", victim, () -> {
            try {
                for (Member member : all) {
                    member.signal("STOP");
                }
                stage.pause(length);
                long held = all.stream().filter(Member::isHeld).count();
                stage.evidence("held processes", held, all.size());
            } finally {
                goOn(all);
            }
        });
    }

    /// Each of them, whatever befalls the others.
    static void goOn(List<Member> members) throws IOException {
        IOException failed = null;
        for (Member member : members) {
            try {
                member.signal("CONT");
            } catch (IOException e) {
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    /// All but one API and one worker go from one failpoint to the next, side by side.
    static void failpoints(Stage stage) throws InterruptedException {
        var threads = new ArrayList<Thread>();
        for (Member.Role role : List.of(Member.Role.API, Member.Role.WORKER)) {
            List<Member> members = stage.cluster().members().stream()
                    .filter(member -> member.role() == role)
                    .toList();
            List<Failpoint> drawn = new ArrayList<>();
            for (int round = 0; round < stage.plan().failpointRounds(); round++) {
                drawn.addAll(stage.plan().failpoints().stream()
                        .filter(point -> point.role() == role && !point.provoked())
                        .toList());
            }
            Deque<Failpoint> left = new ArrayDeque<>(shuffled(drawn, stage.random()));
            for (Member victim : members.subList(Math.min(1, members.size() - 1), members.size())) {
                var random = new Random(stage.random().nextLong());
                threads.add(Thread.ofPlatform()
                        .daemon()
                        .name("failpoints-" + victim.name())
                        .start(() -> endAtEach(stage, victim, left, random)));
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void endAtEach(Stage stage, Member victim, Deque<Failpoint> left, Random random) {
        for (Failpoint point = next(left); point != null; point = next(left)) {
            boolean reached = false;
            for (int tries = 0; tries < MOST_TRIES && !reached; tries++) {
                int time = tries == 0 ? random.nextInt(1, point.mostReached() + 1) : 1;
                victim.kill();
                victim.start(Failpoint.environment(point.armed(time)));
                reached = victim.ended(LONGEST_WAY_TO_A_FAILPOINT) && victim.endedAtFailpoint();
                stage.history()
                        .add(
                                reached ? "reached" : "not reached",
                                Map.of("failpoint", point.wire(), "time", time, "member", victim.name()));
            }
        }
        victim.kill();
        victim.start(Map.of());
    }

    private static @Nullable Failpoint next(Deque<Failpoint> left) {
        synchronized (left) {
            return left.poll();
        }
    }

    /// Two workers that both think they lead, while a third one dies again and again.
    static void twoReapers(Stage stage) {
        List<Member> workers = stage.cluster().workers();
        List<Member> leaders = workers.subList(0, 2);
        for (Member leader : leaders) {
            leader.kill();
            leader.start(Failpoint.environment(Failpoint.SHARED_LEADERSHIP + "=on"));
            ready(leader);
        }
        Member victim = workers.getLast();
        for (int death = 0; death < 2; death++) {
            ready(victim);
            String takenBack = "SELECT coalesce(sum(taken_back), 0) FROM job";
            boolean busy =
                    Waiting.until(() -> runningOn(stage, victim) >= 2, Duration.ofSeconds(30), Duration.ofMillis(10));
            long before = stage.known(takenBack);
            victim.kill();
            stage.evidence("a victim at work", busy ? 1 : 0, 1);
            stage.pause(LONGER_THAN_A_LEASE);
            Waiting.until(() -> stage.known(takenBack) > before, LONGER_THAN_A_LEASE, Duration.ofMillis(200));
            stage.evidence("jobs taken back", stage.known(takenBack) - before, 1);
            victim.start(Map.of());
        }
        for (Member leader : leaders) {
            leader.kill();
            leader.start(Map.of());
            ready(leader);
        }
    }

    private static void ready(Member member) {
        if (!member.awaitReady()) {
            throw new IllegalStateException(member.name() + " does not get ready");
        }
    }

    private static long runningOn(Stage stage, Member worker) {
        return stage.known(
                "SELECT count(*) FROM job JOIN worker ON worker.id = job.worker_id WHERE worker.pid = " + worker.pid());
    }

    static void redisAway(Stage stage) throws Exception {
        stage.withoutHarm("redis away", () -> {
            stage.cluster().redis().kill();
            stage.pause(Duration.ofSeconds(15));
            boolean gone = !stage.cluster().redis().answers();
            stage.cluster().redis().start();
            stage.evidence("Redis gone", gone ? 1 : 0, 1);
        });
    }

    /// One worker whose clock is ahead, then behind; no fault: nothing may come of it.
    static void clocks(Stage stage) throws IOException {
        Member victim = shuffled(stage.cluster().workers(), stage.random()).getFirst();
        String library = wrongClock(stage.cluster().logs()).toString();
        for (String seconds : List.of("20", "-20")) {
            victim.kill();
            victim.start(Map.of("LD_PRELOAD", library, "WRONG_CLOCK", seconds));
            ready(victim);
            stage.pause(Duration.ofSeconds(20));
            stage.evidence(
                    "seconds by which calls of a clock of " + seconds + " s are wrong", wrongBy(stage, victim), 15);
        }
        victim.kill();
        victim.start(Map.of());
    }

    /// A call's id has the time of its process, its beginning that of the database.
    private static long wrongBy(Stage stage, Member worker) {
        return stage.known("""
                SELECT coalesce(round(max(abs(extract(epoch FROM call.created_at - call.begun_at)))), 0)
                  FROM call JOIN worker ON worker.id = call.worker_id WHERE worker.pid = %d
                """.formatted(worker.pid()));
    }

    private static Path wrongClock(Path folder) throws IOException {
        Path source = folder.resolve("wrong-clock.c");
        try (var text = Objects.requireNonNull(ProcessFaults.class.getResourceAsStream("wrong-clock.c"))) {
            Files.copy(text, source, StandardCopyOption.REPLACE_EXISTING);
        }
        Path library = folder.resolve("wrong-clock.so");
        var built = Program.run(List.of("cc", "-shared", "-fPIC", "-O2", "-o", library.toString(), source.toString()));
        if (built.exitCode() != 0) {
            throw new IOException("the wrong clock cannot be built: " + built.output());
        }
        return library;
    }

    private static <T> List<T> shuffled(List<T> list, Random random) {
        var shuffled = new ArrayList<>(list);
        Collections.shuffle(shuffled, random);
        return shuffled;
    }
}
