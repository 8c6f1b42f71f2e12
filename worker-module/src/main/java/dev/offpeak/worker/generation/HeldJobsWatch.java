package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.worker.generation.HeldJobs.Hold;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Finds out which held jobs are no longer ours, cancelled or taken over, and cuts off their calls. It asks the
/// database by key and only while something is held; a call that runs past its job's deadline goes on, because its
/// answer is kept.
final class HeldJobsWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(HeldJobsWatch.class);

    private final HeldJobs held;
    private final AttemptStore attempts;
    private final Duration every;
    private @Nullable ScheduledExecutorService timer;
    private boolean blind; // touched by the watching thread alone

    HeldJobsWatch(HeldJobs held, AttemptStore attempts, Duration every) {
        this.held = held;
        this.attempts = attempts;
        this.every = every;
    }

    @Override
    public synchronized void start() {
        var started = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("offpeak-held-jobs").factory());
        timer = started;
        ScheduledFuture<?> unused =
                started.scheduleWithFixedDelay(this::lookOrLog, 0, every.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void lookOrLog() {
        try {
            look();
            blind = false;
        } catch (RuntimeException | Error e) {
            if (!blind) {
                log.atWarn()
                        .setCause(e)
                        .log("Could not see which jobs were taken away; until that works their calls go on");
            }
            blind = true;
        }
    }

    private void look() {
        List<Hold> holds = held.claimed();
        if (holds.isEmpty()) {
            return;
        }
        List<ClaimedJob> claims =
                holds.stream().map(Hold::claim).filter(Objects::nonNull).toList();
        Map<JobId, ErrorCode> lost = attempts.lostClaims(claims);
        for (Hold hold : holds) {
            ClaimedJob claim = hold.claim();
            ErrorCode why = claim == null ? null : lost.get(claim.id());
            if (claim != null && why != null && hold.takeAway(why)) {
                log.atInfo()
                        .addKeyValue("job", claim.id())
                        .addKeyValue("fence", claim.fence())
                        .addKeyValue("code", why.wire())
                        .log("The job is no longer ours; its call is cut off");
            }
        }
    }

    @Override
    public synchronized void stop() {
        if (timer != null) {
            timer.shutdownNow();
            timer = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return timer != null;
    }

    /// Beside maintenance: it watches while the engine drains.
    @Override
    public int getPhase() {
        return 1000;
    }
}
