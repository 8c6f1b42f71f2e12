package dev.offpeak.bench.faults;

import dev.offpeak.bench.Waiting;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// The run in about a minute, for every build: one fault of each sort that processes and PostgreSQL know.
final class ShortForm {

    private static final Duration LONGEST_WAY_TO_ALL_FAILPOINTS = Duration.ofSeconds(120);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private static final Duration LONGER_THAN_A_LEASE = Duration.ofMillis(10_500);

    private ShortForm() {}

    /// An API and two workers end at a failpoint, armed from their first start.
    static Map<String, Map<String, String>> armed(Plan plan) {
        var random = plan.random("armed");
        return Map.of(
                "api-1",
                        Failpoint.environment(
                                Failpoint.named("submit.committed").armed(random.nextInt(20, 40))),
                "worker-1",
                        Failpoint.environment(Failpoint.named("call.answered").armed(random.nextInt(5, 15))),
                "worker-2",
                        Failpoint.environment(Failpoint.named("batch.created").armed(1)));
    }

    static void play(Stage stage) throws Exception {
        Member api = stage.cluster().apis().getFirst();
        Member first = stage.cluster().workers().getFirst();
        Member second = stage.cluster().workers().get(1);
        var armed = new LinkedHashMap<Member, String>();
        armed.put(first, "call.answered");
        armed.put(api, "submit.committed");
        armed.put(second, "batch.created");
        startsEachAgain(stage, armed);
        first.awaitReady();
        second.awaitReady();
        ProcessFaults.stop(stage, second, LONGER_THAN_A_LEASE);
        first.kill();
        first.start(Map.of());
        DatabaseFaults.restart(stage, 3, Postgres.End.IMMEDIATE);
    }

    /// Each as soon as it ends, in whatever order: without an API no job comes by which a worker would reach its own.
    private static void startsEachAgain(Stage stage, Map<Member, String> awaited) {
        boolean all = Waiting.until(
                () -> {
                    awaited.entrySet().removeIf(one -> startsAgain(stage, one.getKey(), one.getValue()));
                    return awaited.isEmpty();
                },
                LONGEST_WAY_TO_ALL_FAILPOINTS,
                BETWEEN_LOOKS);
        if (!all) {
            throw new IllegalStateException("these did not end at their failpoints: " + awaited.values());
        }
    }

    private static boolean startsAgain(Stage stage, Member victim, String failpoint) {
        if (!victim.endedAtFailpoint()) {
            return false;
        }
        stage.history().add("reached", Map.of("failpoint", failpoint, "member", victim.name()));
        victim.start(Map.of());
        return true;
    }
}
