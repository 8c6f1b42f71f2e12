package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.WaitReason;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.worker.engine.TaskHandler;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.lanes.LaneOutcome;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the job that a task wakes: claim, one attempt, settle.
final class GenerationTask implements TaskHandler {

    private static final Logger log = LoggerFactory.getLogger(GenerationTask.class);

    private static final int MOST_CLAIMS = 4;
    private static final Duration BETWEEN_CLAIMS = Duration.ofMillis(250);

    private final AttemptStore attempts;
    private final WorkerIdentity worker;
    private final GenerationPipeline pipeline;
    private final Settlement settlement;
    private final GenerationMeters meters;
    private final HeldJobs held;
    private final Sleeper sleeper;

    GenerationTask(
            AttemptStore attempts,
            WorkerIdentity worker,
            GenerationPipeline pipeline,
            Settlement settlement,
            GenerationMeters meters,
            HeldJobs held,
            Sleeper sleeper) {
        this.attempts = attempts;
        this.worker = worker;
        this.pipeline = pipeline;
        this.settlement = settlement;
        this.meters = meters;
        this.held = held;
        this.sleeper = sleeper;
    }

    @Override
    public TaskKind kind() {
        return TaskKind.JOB;
    }

    @Override
    public void run(Task task) throws InterruptedException {
        var job = new JobId(task.id());
        boolean again = true;
        while (again) {
            var hold = held.hold(job).orElse(null);
            if (hold == null) {
                return; // a second task for a job that this worker is busy with
            }
            try (hold) {
                run(job, hold);
            }
            // The job may have been put back, and woken, before this thread let go of it: that wake came to nothing.
            again = hold.wanted() && !Thread.currentThread().isInterrupted();
        }
    }

    private void run(JobId job, HeldJobs.Hold hold) throws InterruptedException {
        Failpoints.reach(Failpoint.TASK_STARTED);
        var claimed = claim(job);
        if (claimed.isPresent()) {
            hold.claimed(claimed.get());
            attempt(claimed.get());
        } else {
            log.atDebug().addKeyValue("job", job).log("Nothing to claim; the task is done");
        }
    }

    /// Tried again where the database is away for a moment; a task that fails over it is woken only after many
    /// seconds. A claim that failed may stand all the same. Nobody else of this worker can have made it, for
    /// the job is held.
    private Optional<ClaimedJob> claim(JobId job) throws InterruptedException {
        for (int tries = 1; ; tries++) {
            try {
                Optional<ClaimedJob> unheard = tries == 1 ? Optional.empty() : attempts.unheardClaim(job, worker.id());
                return unheard.or(() -> attempts.claim(job, worker.id()));
            } catch (RuntimeException fault) {
                if (tries == MOST_CLAIMS || !Outage.isOne(fault)) {
                    throw fault;
                }
                log.atWarn()
                        .addKeyValue("job", job)
                        .setCause(fault)
                        .log("The database took no claim; it is tried again");
            }
            sleeper.sleep(BETWEEN_CLAIMS.multipliedBy(tries));
        }
    }

    /// Where the database is away before a request is sent, that is no attempt at the job.
    private LaneOutcome run(ClaimedJob job) throws InterruptedException {
        try {
            return pipeline.run(job);
        } catch (RuntimeException fault) {
            if (!Outage.isOne(fault)) {
                throw fault;
            }
            log.atWarn()
                    .addKeyValue("job", job.id())
                    .setCause(fault)
                    .log("The database is away; the job goes back and this is no attempt");
            return new LaneOutcome.Later(Optional.empty(), WaitReason.BACKOFF, ErrorCode.UNAVAILABLE);
        }
    }

    private void attempt(ClaimedJob job) throws InterruptedException {
        Failpoints.reach(Failpoint.JOB_CLAIMED);
        meters.pickedUp(job);
        try {
            settlement.settle(job, run(job));
        } catch (InterruptedException taken) {
            settlement.handBack(job);
            throw taken;
        } catch (RuntimeException unexpected) {
            log.atError()
                    .addKeyValue("job", job.id())
                    .addKeyValue("attempt", job.attempt())
                    .setCause(unexpected)
                    .log("An attempt failed for a reason of our own; the job is tried again or fails");
            settlement.failUnexpectedly(job);
        }
    }
}
