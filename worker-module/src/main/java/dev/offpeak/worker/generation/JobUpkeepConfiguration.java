package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.JobGauges;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.maintenance.ClusterGauge;
import dev.offpeak.worker.maintenance.DueWork;
import dev.offpeak.worker.maintenance.Housekeeping;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What must happen to jobs by the clock, whether or not a task comes.
@Configuration(proxyBeanMethods = false)
class JobUpkeepConfiguration {

    private static final int LIMIT = 500;

    /// Each may bring a message: so few that their rows are not locked for long.
    private static final int EXPIRE_LIMIT = 100;

    @Bean
    DueWork dueJobs(AttemptStore attempts, WorkerIdentity worker, HeldJobs held, MeterRegistry registry) {
        return new DueWork() {
            @Override
            public String name() {
                return "job";
            }

            @Override
            public int wakeDue(int limit) {
                return attempts.wakeDue(limit);
            }

            @Override
            public int wakeForgotten(int limit) {
                var released = attempts.releaseUnheld(worker.id(), held::all, limit);
                count(registry, released);
                return released.all() + attempts.wakeForgotten(worker.deadAfter(), limit);
            }
        };
    }

    @Bean
    Housekeeping expireJobs(AttemptStore attempts, MeterRegistry registry) {
        return Housekeeping.of("expire jobs", Duration.ofSeconds(1), () -> {
            int expired = untilDone(() -> attempts.expireDue(EXPIRE_LIMIT), EXPIRE_LIMIT);
            Metric.JOBS_FINISHED
                    .counter(registry, "expired", "none", "deadline_exceeded")
                    .increment(expired);
        });
    }

    /// After an outage of the database every worker looks dead, so only one that has itself beaten for
    /// long enough judges others.
    @Bean
    Housekeeping takeBackJobs(AttemptStore attempts, WorkerIdentity worker, MeterRegistry registry) {
        return Housekeeping.of("take back jobs of dead workers", Duration.ofSeconds(1), () -> {
            if (worker.mayJudge()) {
                untilDone(
                        () -> {
                            var taken = attempts.takeBack(worker.deadAfter(), LIMIT);
                            count(registry, taken);
                            return taken.all();
                        },
                        LIMIT);
            }
        });
    }

    /// JobRunr itself would give these tasks to another worker after twenty seconds and a poll.
    @Bean
    Housekeeping wakeStrandedJobs(AttemptStore attempts, WorkerIdentity worker, MeterRegistry registry) {
        return Housekeeping.of("wake jobs that dead workers were given", Duration.ofSeconds(1), () -> {
            if (worker.mayJudge()) {
                Metric.REWAKES.counter(registry, "job").increment(attempts.wakeStranded(worker.deadAfter()));
            }
        });
    }

    private static void count(MeterRegistry registry, AttemptStore.TakenBack taken) {
        Metric.JOBS_TAKEN_BACK.counter(registry).increment(taken.all());
        Metric.JOBS_FINISHED
                .counter(registry, "failed", "none", ErrorCode.WORKER_LOST.wire())
                .increment(taken.failed());
        CostUpkeepConfiguration.count(taken.abandoned(), registry);
    }

    @Bean
    ClusterGauge jobsByStatus(JobGauges gauges) {
        return ClusterGauge.of(Metric.JOBS_BY_STATUS, () -> {
            var byStatus = new HashMap<List<String>, Number>();
            gauges.unfinished().forEach((status, count) -> byStatus.put(List.of(status.wire()), count));
            return byStatus;
        });
    }

    @Bean
    ClusterGauge oldestDueJob(JobGauges gauges) {
        return ClusterGauge.of(
                Metric.JOBS_OLDEST_DUE,
                () -> Map.of(List.of(), gauges.oldestDue().toMillis() / 1000.0));
    }

    private static int untilDone(IntSupplier step, int limit) {
        int sum = 0;
        int done;
        do {
            done = step.getAsInt();
            sum += done;
        } while (done >= limit);
        return sum;
    }
}
