package dev.offpeak.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.lanes.AnswerCheck;
import dev.offpeak.worker.lanes.LaneOutcome;
import dev.offpeak.worker.lanes.LaneRequest;
import dev.offpeak.worker.lanes.RequestAssembly;
import dev.offpeak.worker.lanes.Rules;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.support.TransactionOperations;

class GenerationTaskTest {

    private final ClaimedJob job = SomeJob.claimed();
    private final List<String> asked = new ArrayList<>();
    private int failingClaims;
    private boolean firstClaimStands;
    private Event onPutBack = () -> {};

    @FunctionalInterface
    private interface Event {
        void happen() throws InterruptedException;
    }

    @Test
    void claimsAgainWhereTheDatabaseIsAwayForAMoment() throws InterruptedException {
        failingClaims = 2;

        task().run(new Task(TaskKind.JOB, job.id().value(), 1));

        assertThat(asked).startsWith("claim", "unheard", "claim", "unheard", "claim");
    }

    @Test
    void goesOnWithAClaimWhoseConfirmationWasLost() throws InterruptedException {
        failingClaims = 1;
        firstClaimStands = true;

        task().run(new Task(TaskKind.JOB, job.id().value(), 1));

        assertThat(asked).containsExactly("claim", "unheard", "put back uncounted");
    }

    @Test
    void looksAgainWhereAWakeCameBeforeItLetGoOfTheJob() throws InterruptedException {
        var task = task();
        onPutBack = () -> {
            onPutBack = () -> {};
            task.run(new Task(TaskKind.JOB, job.id().value(), 2)); // finds the job held
        };

        task.run(new Task(TaskKind.JOB, job.id().value(), 1));

        assertThat(asked).containsExactly("claim", "put back uncounted", "claim", "put back uncounted");
    }

    @Test
    void countsNoAttemptWhereTheDatabaseIsAwayBeforeTheRequest() throws InterruptedException {
        task().run(new Task(TaskKind.JOB, job.id().value(), 1));

        assertThat(asked).containsExactly("claim", "put back uncounted");
    }

    private GenerationTask task() {
        InvocationHandler rows = (_, method, arguments) -> {
            switch (method.getName()) {
                case "claim" -> {
                    asked.add("claim");
                    if (failingClaims-- > 0) {
                        throw new DataAccessResourceFailureException("terminating connection");
                    }
                    return Optional.of(job);
                }
                case "unheardClaim" -> {
                    asked.add("unheard");
                    return firstClaimStands ? Optional.of(job) : Optional.empty();
                }
                case "putBack" -> {
                    asked.add("put back " + (Boolean.TRUE.equals(arguments[3]) ? "counted" : "uncounted"));
                    onPutBack.happen();
                    return true;
                }
                default -> throw new DataAccessResourceFailureException("terminating connection");
            }
        };
        var attempts = fake(AttemptStore.class, rows);
        var calls = fake(CallStore.class, rows);
        var meters = new GenerationMeters(new SimpleMeterRegistry(), Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
        var settings = new GenerationSettings(
                3,
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                Duration.ofMillis(500),
                Duration.ofMinutes(10),
                Duration.ofMillis(250));
        var account = new ProviderSettings.Account("key", null);
        return new GenerationTask(
                attempts,
                fake(WorkerIdentity.class, (_, _, _) -> new WorkerId(new UUID(0, 1))),
                new GenerationPipeline(
                        new Rules(fake(WorkflowStore.class, rows)),
                        calls,
                        fake(LedgerStore.class, rows),
                        new RequestAssembly(new ProviderSettings(
                                account, account, null, Duration.ofSeconds(60), Duration.ofSeconds(5))),
                        fake(Lanes.class, rows),
                        GenerationTaskTest::called,
                        GenerationTaskTest::called,
                        meters),
                new Settlement(
                        attempts,
                        calls,
                        TransactionOperations.withoutTransaction(),
                        new AnswerCheck(),
                        new Backoff(settings.backoffBase(), settings.backoffCap(), new Random(3)),
                        settings,
                        meters,
                        _ -> {}),
                meters,
                new HeldJobs(() -> true),
                _ -> {});
    }

    private static LaneOutcome called(LaneRequest request) {
        throw new AssertionError("called for " + request.job().id());
    }

    private static <T> T fake(Class<T> type, InvocationHandler answers) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, answers));
    }
}
