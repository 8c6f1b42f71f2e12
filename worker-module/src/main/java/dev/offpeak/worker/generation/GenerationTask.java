package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.JobId;
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

    GenerationTask(
            AttemptStore attempts,
            WorkerIdentity worker,
            GenerationPipeline pipeline,
            Settlement settlement,
            GenerationMeters meters) {
        this.attempts = attempts;
        this.worker = worker;
        this.pipeline = pipeline;
        this.settlement = settlement;
        this.meters = meters;
    }

    @Override
    public TaskKind kind() {
        return TaskKind.JOB;
    }

    @Override
    public void run(Task task) throws InterruptedException {
        var claimed = attempts.claim(new JobId(task.id()), worker.id());
        if (claimed.isPresent()) {
            attempt(claimed.get());
        } else {
            log.atDebug().addKeyValue("job", new JobId(task.id())).log("Nothing to claim; the task is done");
        }
    }

    private void attempt(ClaimedJob job) throws InterruptedException {
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
