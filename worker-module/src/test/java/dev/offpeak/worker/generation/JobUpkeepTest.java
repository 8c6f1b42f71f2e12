package dev.offpeak.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.engine.WorkerIdentity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class JobUpkeepTest {

    private final List<String> asked = new ArrayList<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final JobUpkeepConfiguration upkeep = new JobUpkeepConfiguration();
    private final AttemptStore attempts = attempts();
    private final List<Object> spared = new ArrayList<>();
    private Runnable whileItWaitsForAConnection = () -> {};
    private boolean mayJudge;

    private static final List<CallStore.Estimate> ABANDONED =
            List.of(new CallStore.Estimate("openai", "gpt-4o-mini", Usd.of("0.25")));

    @Test
    void judgesNobodyBeforeItHasBeatenForLong() {
        upkeep.takeBackJobs(attempts, worker(), registry).tidy();
        upkeep.wakeStrandedJobs(attempts, worker(), registry).tidy();

        assertThat(asked).isEmpty();
    }

    @Test
    void countsWhatItTakesBackAndWhatEndsOverIt() {
        mayJudge = true;
        upkeep.takeBackJobs(attempts, worker(), registry).tidy();
        upkeep.wakeStrandedJobs(attempts, worker(), registry).tidy();

        assertThat(asked).containsExactly("takeBack", "wakeStranded");
        assertThat(Metric.JOBS_TAKEN_BACK.counter(registry).count()).isEqualTo(3);
        assertThat(Metric.JOBS_FINISHED
                        .counter(registry, "failed", "none", "worker_lost")
                        .count())
                .isEqualTo(1);
        assertThat(Metric.COST_UNCONFIRMED
                        .counter(registry, "openai", "gpt-4o-mini")
                        .count())
                .as("calls of those that ended")
                .isEqualTo(0.25);
    }

    @Test
    void countsWhatEndsOverDyingThreads() {
        var held = new HeldJobs(() -> true);
        var before = SomeJob.claimed().id();
        var meanwhile = SomeJob.claimed().id();
        held.hold(before);
        whileItWaitsForAConnection = () -> held.hold(meanwhile);

        upkeep.dueJobs(attempts, worker(), held, registry).wakeForgotten(500);

        assertThat(asked).containsExactly("releaseUnheld", "wakeForgotten");
        assertThat(spared).containsExactlyInAnyOrder(before, meanwhile);
        assertThat(Metric.JOBS_FINISHED
                        .counter(registry, "failed", "none", "worker_lost")
                        .count())
                .isEqualTo(1);
    }

    /// Remembers what it was asked; three jobs are lost each time, one of them for good.
    private AttemptStore attempts() {
        InvocationHandler answers = (_, method, arguments) -> {
            asked.add(method.getName());
            if (method.getName().equals("releaseUnheld")) {
                whileItWaitsForAConnection.run();
                ((Collection<?>) ((Supplier<?>) arguments[1]).get()).forEach(spared::add);
            }
            return method.getReturnType() == int.class ? 0 : new AttemptStore.TakenBack(3, 1, ABANDONED);
        };
        return (AttemptStore) Proxy.newProxyInstance(
                AttemptStore.class.getClassLoader(), new Class<?>[] {AttemptStore.class}, answers);
    }

    private WorkerIdentity worker() {
        return new WorkerIdentity() {
            @Override
            public WorkerId id() {
                return new WorkerId(new UUID(0, 1));
            }

            @Override
            public boolean mayStart() {
                return true;
            }

            @Override
            public boolean mayJudge() {
                return mayJudge;
            }

            @Override
            public Duration deadAfter() {
                return Duration.ofSeconds(8);
            }
        };
    }
}
