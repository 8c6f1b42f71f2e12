package dev.offpeak.bench.faults;

import static java.util.stream.Collectors.joining;

import dev.offpeak.bench.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What befalls batches at their providers.
final class BatchFaults {

    private static final String ANTHROPIC = "anthropic";
    private static final String OPENAI = "openai";

    /// What OpenAI's batches carry, for whoever looks for them after a crash.
    private static final String TAG = "offpeak_batch";

    private static final Duration LYING = Duration.ofSeconds(20);
    private static final Duration LONGEST_WAY_TO_A_CREATE = Duration.ofSeconds(75);
    private static final Duration LONGEST_TAKE_OVER = Duration.ofSeconds(150);
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    /// In which a worker is stopped that is about to create a batch.
    private static final String JUST_BEFORE_THE_CREATE = "PT5S";

    private static final String TWINS_TO_CANCEL =
            "SELECT count(*) FROM provider_batch_twin WHERE cancelled_at IS NULL AND ended_at IS NULL";

    /// A worker may have passed the place before it was stopped.
    private static final int MOST_TRIES = 2;

    private BatchFaults() {}

    /// Every so often a batch comes back so late that its jobs must be rescued. Few do, so that the lane stays one that
    /// can be trusted with a deadline.
    static Thread tide(Stage stage) {
        return Thread.ofPlatform().daemon().name("tide").unstarted(() -> {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    stage.pause(Duration.ofSeconds(13));
                    stage.conduct().slow(true);
                    stage.pause(Duration.ofSeconds(2));
                    stage.conduct().slow(false);
                }
            } catch (IllegalStateException _) {
                // interrupted: the load is over
            }
        });
    }

    /// For a while every create makes its batch and then says that it failed, or nothing at all: at both providers, and
    /// each of these batches must be found again, as the one that was meant or as a twin that is cancelled.
    static void createLost(Stage stage) throws Exception {
        for (String how : List.of("error", "cut")) {
            Map<String, String> lost = lose(stage, how);
            for (String provider : List.of(ANTHROPIC, OPENAI)) {
                long its = lost.values().stream().filter(provider::equals).count();
                stage.evidence("batches of " + provider + " whose create was answered with " + how, its, 1);
            }
            String found = """
                    SELECT (SELECT count(*) FROM provider_batch WHERE remote_id IN (%1$s))
                         + (SELECT count(*) FROM provider_batch_twin WHERE remote_id IN (%1$s) AND cancelled_at IS NOT NULL)
                    """.formatted(quoted(lost.keySet()));
            Waiting.until(() -> stage.known(found) >= lost.size(), LONGEST_TAKE_OVER, LOOK_EVERY);
            stage.evidence("of these found again after " + how, stage.known(found), lost.size());
            stage.evidence(
                    "of these declared twins after " + how, stage.known("""
                    SELECT count(*) FROM provider_batch_twin WHERE remote_id IN (%s)
                    """.formatted(quoted(lost.keySet()))), 0);
        }
    }

    /// @return the batches that were created without an answer that says so, with their providers
    private static Map<String, String> lose(Stage stage, String how) throws Exception {
        var lost = new TreeMap<String, String>();
        stage.during("creates that lie", null, () -> {
            try {
                if (!stage.conduct().lie(how)) {
                    throw new IllegalStateException("the simulator does not lie");
                }
                Map<String, String> before = providers(stage);
                stage.pause(LYING);
                Waiting.until(
                        () -> {
                            lost.putAll(providers(stage));
                            lost.keySet().removeAll(before.keySet());
                            return Set.copyOf(lost.values()).size() == 2;
                        },
                        LONGEST_WAY_TO_A_CREATE,
                        LOOK_EVERY);
            } finally {
                stage.conduct().lie(null);
            }
        });
        return lost;
    }

    private static Map<String, String> providers(Stage stage) {
        var providers = new TreeMap<String, String>();
        for (JsonNode batch : stage.cluster().simulator().batches()) {
            providers.put(batch.path("id").asString(""), batch.path("provider").asString(""));
        }
        return providers;
    }

    private static String quoted(Iterable<String> texts) {
        var quoted = new ArrayList<String>();
        texts.forEach(text -> quoted.add("'" + text.replace("'", "''") + "'"));
        return quoted.stream().collect(joining(", "));
    }

    /// A worker is held just before it creates a batch, until another one has done so; then it goes on. What it
    /// creates is one too many: with a provider that has input files it must fail, with the other it is a twin,
    /// cancelled and declared. Each half is shown.
    static void stoppedInCreate(Stage stage) throws Exception {
        int rounds = stage.plan().failpointRounds();
        var held = Map.<String, List<String>>of(ANTHROPIC, new ArrayList<>(), OPENAI, new ArrayList<>());
        for (int round = 0; round < rounds; round++) {
            for (String protocol : List.of(ANTHROPIC, OPENAI)) {
                String intent = null;
                for (int tries = 0; tries < MOST_TRIES && intent == null; tries++) {
                    intent = stopInCreate(stage, protocol);
                }
                if (intent != null) {
                    held.getOrDefault(protocol, List.of()).add(intent);
                }
            }
        }
        for (Map.Entry<String, List<String>> its : held.entrySet()) {
            stage.evidence(
                    "workers held before a create of " + its.getKey(),
                    its.getValue().size(),
                    rounds);
        }
        List<String> twice = held.getOrDefault(ANTHROPIC, List.of());
        String twins = """
                SELECT count(DISTINCT provider_batch_id) FROM provider_batch_twin
                 WHERE provider_batch_id IN (%s) AND cancelled_at IS NOT NULL
                """.formatted(quoted(twice));
        Waiting.until(() -> stage.known(twins) >= twice.size(), LONGEST_TAKE_OVER, LOOK_EVERY);
        stage.evidence("late creates of anthropic that made a twin, cancelled", stage.known(twins), twice.size());
        List<String> once = held.getOrDefault(OPENAI, List.of());
        stage.evidence(
                "late creates of openai that made no second batch",
                once.stream().filter(intent -> created(stage, intent) == 1).count(),
                once.size());
    }

    private static long created(Stage stage, String intent) {
        String tag = Ids.text("pb", UUID.fromString(intent));
        return stage.cluster().simulator().batches().stream()
                .filter(batch -> batch.path("metadata").path(TAG).asString("").equals(tag))
                .count();
    }

    /// @return the id of the batch that another one created while its worker was held; null where that did not happen
    private static @Nullable String stopInCreate(Stage stage, String protocol) throws Exception {
        Member victim = stage.cluster().workers().getLast();
        for (Member worker : stage.cluster().workers()) {
            worker.kill();
            String twin = Failpoint.named(Failpoint.TWIN_CANCELLED).armed(1);
            worker.start(Failpoint.environment(
                    worker == victim ? "batch.sending=stall:" + JUST_BEFORE_THE_CREATE + "," + twin : twin));
        }
        if (!victim.awaitReady()) {
            throw new IllegalStateException(victim.name() + " does not get ready");
        }
        String creating = """
                SELECT batch.id FROM provider_batch batch JOIN worker ON worker.id = batch.worker_id
                 WHERE batch.state = 'creating' AND batch.protocol = '%s' AND worker.pid = %d
                 ORDER BY batch.creating_at DESC LIMIT 1
                """.formatted(protocol, victim.pid());
        var found = new AtomicReference<>("");
        Waiting.until(
                () -> {
                    found.set(stage.text(creating));
                    return !found.get().isEmpty();
                },
                LONGEST_WAY_TO_A_CREATE,
                Duration.ofMillis(50));
        if (found.get().isEmpty()) {
            return null;
        }
        String created =
                "SELECT count(*) FROM provider_batch WHERE remote_id IS NOT NULL AND id = '" + found.get() + "'";
        var byAnother = new AtomicBoolean();
        stage.during("stopped in create", victim, () -> {
            try {
                victim.signal("STOP");
                boolean inTime = stage.known(created) == 0;
                byAnother.set(inTime
                        && Waiting.until(() -> stage.known(created) > 0, LONGEST_TAKE_OVER, Duration.ofMillis(200)));
                stage.history().add("created by another", Map.of("batch", found.get(), "yes", byAnother.get()));
            } finally {
                victim.signal("CONT");
            }
        });
        stage.pause(Duration.ofSeconds(15));
        for (Member worker : stage.cluster().workers()) {
            if (worker.endedAtFailpoint()) {
                stage.history().add("reached", Map.of("failpoint", Failpoint.TWIN_CANCELLED, "member", worker.name()));
            }
            worker.start(Map.of());
        }
        // Whoever is armed for the next one would die of this one's.
        Waiting.until(() -> stage.known(TWINS_TO_CANCEL) == 0, LONGEST_TAKE_OVER, LOOK_EVERY);
        return byAnother.get() ? found.get() : null;
    }
}
