package dev.offpeak.bench.faults;

import java.time.Duration;
import java.util.Map;

/// The run in about a minute, for every build: one fault of each sort that processes and PostgreSQL know.
final class ShortForm {

    private ShortForm() {}

    /// One API and one worker end at a failpoint, armed from their first start.
    static Map<String, Map<String, String>> armed(Plan plan) {
        var random = plan.random("armed");
        return Map.of(
                "api-1",
                        Failpoint.environment(
                                Failpoint.named("submit.committed").armed(random.nextInt(20, 40))),
                "worker-1",
                        Failpoint.environment(Failpoint.named("call.answered").armed(random.nextInt(5, 15))));
    }

    static void play(Stage stage) throws Exception {
        Member api = stage.cluster().apis().getFirst();
        Member first = stage.cluster().workers().getFirst();
        Member second = stage.cluster().workers().get(1);
        endsAt(stage, first, "call.answered");
        first.start(Map.of());
        endsAt(stage, api, "submit.committed");
        api.start(Map.of());
        first.awaitReady();
        ProcessFaults.stop(stage, second, Duration.ofSeconds(12));
        first.kill();
        first.start(Map.of());
        DatabaseFaults.restart(stage, 3, Postgres.End.IMMEDIATE);
    }

    private static void endsAt(Stage stage, Member victim, String failpoint) {
        if (!victim.ended(Duration.ofSeconds(30)) || !victim.endedAtFailpoint()) {
            throw new IllegalStateException(victim.name() + " did not end at " + failpoint);
        }
        stage.history().add("reached", Map.of("failpoint", failpoint, "member", victim.name()));
    }
}
