package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.worker.engine.TaskHandler;
import dev.offpeak.worker.engine.WorkerIdentity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the job that a task wakes: claim, one attempt, settle.
final class GenerationTask implements TaskHandler {

    private static final Logger log = LoggerFactory.getLogger(GenerationTask.class);

    private final AttemptStore attempts;
    private final WorkerIdentity worker;
    private final GenerationPipeline pipeline;
    private final Settlement settlement;
    private final GenerationMeters meters;
    private final HeldJobs held;

    GenerationTask(
            AttemptStore attempts,
            WorkerIdentity worker,
            GenerationPipeline pipeline,
            Settlement settlement,
            GenerationMeters meters,
            HeldJobs held) {
        this.attempts = attempts;
        this.worker = worker;
        this.pipeline = pipeline;
        this.settlement = settlement;
        this.meters = meters;
        this.held = held;
    }

    @Override
    public TaskKind kind() {
        return TaskKind.JOB;
    }

    @Override
    public void run(Task task) throws InterruptedException {
        var job = new JobId(task.id());
        var hold = held.hold(job).orElse(null);
        if (hold == null) {
            return; // a second task for a job that this worker is busy with
        }
        try (hold) {
            Failpoints.reach(Failpoint.TASK_STARTED);
            var claimed = attempts.claim(job, worker.id());
            if (claimed.isPresent()) {
                hold.claimed(claimed.get());
                attempt(claimed.get());
            } else {
                log.atDebug().addKeyValue("job", job).log("Nothing to claim; the task is done");
            }
        }
    }

    private void attempt(ClaimedJob job) throws InterruptedException {
        Failpoints.reach(Failpoint.JOB_CLAIMED);
        meters.pickedUp(job);
        try {
            settlement.settle(job, pipeline.run(job));
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
