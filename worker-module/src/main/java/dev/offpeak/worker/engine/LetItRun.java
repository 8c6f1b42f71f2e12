package dev.offpeak.worker.engine;

import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.concurrent.ConcurrentJobModificationResolver;
import org.jobrunr.server.configuration.ConcurrentJobModificationPolicy;
import org.jobrunr.storage.ConcurrentJobModificationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens where a running task's row was changed by somebody else: an operator deleted it, or a master took it
/// for orphaned. The row is theirs now and the run goes on, because our own tables decide whether its outcome counts;
/// to interrupt it would only waste a call that is already paid. JobRunr by default stops the whole server.
final class LetItRun implements ConcurrentJobModificationPolicy {

    private static final Logger log = LoggerFactory.getLogger(LetItRun.class);

    @Override
    public ConcurrentJobModificationResolver toConcurrentJobModificationResolver(BackgroundJobServer server) {
        return conflict -> resolve(server, conflict);
    }

    private static void resolve(BackgroundJobServer server, ConcurrentJobModificationException conflict) {
        for (Job local : conflict.getConcurrentUpdatedJobs()) {
            server.getJobSteward().stopProcessing(local); // no more beats for a row that is not ours
            local.delete("The row was changed elsewhere; this copy is dropped"); // so that its end is not saved
            log.atInfo()
                    .addKeyValue("task", local.getId())
                    .log("A task's row was changed while it runs; the run goes on, its row is left alone");
        }
    }
}
