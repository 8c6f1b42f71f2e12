package dev.offpeak.bench.faults;

import java.time.Duration;
import java.util.Map;

/// The run in about a minute, for every build: one fault of each sort that processes and PostgreSQL know.
final class ShortForm {

    private static final Duration LONGEST_WAY_TO_A_FAILPOINT = Duration.ofSeconds(45);

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
        endsAt(stage, first, "call.answered");
        first.start(Map.of());
        endsAt(stage, api, "submit.committed");
        api.start(Map.of());
        endsAt(stage, second, "batch.created");
        second.start(Map.of());
        first.awaitReady();
        second.awaitReady();
        ProcessFaults.stop(stage, second, LONGER_THAN_A_LEASE);
        first.kill();
        first.start(Map.of());
        DatabaseFaults.restart(stage, 3, Postgres.End.IMMEDIATE);
    }

    private static void endsAt(Stage stage, Member victim, String failpoint) {
        if (!victim.ended(LONGEST_WAY_TO_A_FAILPOINT) || !victim.endedAtFailpoint()) {
            throw new IllegalStateException(victim.name() + " did not end at " + failpoint);
        }
        stage.history().add("reached", Map.of("failpoint", failpoint, "member", victim.name()));
    }
}
