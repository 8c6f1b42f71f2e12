package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.jobs.JobResult;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.jobs.WaitReason;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.worker.lanes.AnswerCheck;
import dev.offpeak.worker.lanes.LaneOutcome;
import dev.offpeak.worker.lanes.LaneOutcome.Answered;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionOperations;

/// Writes down how an attempt ended. An answer is paid for, so its outcome, its ledger row and its
/// webhook message commit together, and a database that is away is waited for.
final class Settlement {

    private static final Logger log = LoggerFactory.getLogger(Settlement.class);

    /// How long an outcome waits for the database that cost nothing.
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);

    /// Shorter than a dead worker is waited for.
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final AttemptStore attempts;
    private final CallStore calls;
    private final TransactionOperations transaction;
    private final AnswerCheck check;
    private final Backoff backoff;
    private final GenerationSettings settings;
    private final GenerationMeters meters;
    private final Sleeper sleeper;

    Settlement(
            AttemptStore attempts,
            CallStore calls,
            TransactionOperations transaction,
            AnswerCheck check,
            Backoff backoff,
            GenerationSettings settings,
            GenerationMeters meters,
            Sleeper sleeper) {
        this.attempts = attempts;
        this.calls = calls;
        this.transaction = transaction;
        this.check = check;
        this.backoff = backoff;
        this.settings = settings;
        this.meters = meters;
        this.sleeper = sleeper;
    }

    void settle(ClaimedJob job, LaneOutcome outcome) throws InterruptedException {
        switch (outcome) {
            case Answered answered -> answered(job, answered);
            case LaneOutcome.GaveUp gaveUp ->
                end(job, new JobEnd.Failed(gaveUp.why(), gaveUp.detail(), null), gaveUp.route());
            case LaneOutcome.TryAgain again -> tryAgain(job, again.why(), again.detail(), again.route());
            case LaneOutcome.Later later -> snooze(job, later);
            case LaneOutcome.Batched batched -> meters.batched(job, batched.route());
            case LaneOutcome.NotStarted() -> putBack(job, Duration.ZERO, WaitReason.BACKOFF, false);
            case LaneOutcome.Lost() -> dropped(job);
        }
    }

    private void answered(ClaimedJob job, Answered answered) throws InterruptedException {
        JobEnd end = check.check(answered.completion(), job.request().responseFormat());
        try {
            answered(job, answered, end);
        } catch (DataIntegrityViolationException unstorable) {
            // To try again would pay again for what cannot be kept either.
            log.atError()
                    .addKeyValue("job", job.id())
                    .addKeyValue("call", answered.call().id())
                    .setCause(unstorable)
                    .log("A paid answer cannot be stored; the job fails, its cost is in the ledger");
            answered(job, answered, new JobEnd.Failed(ErrorCode.INTERNAL_ERROR, "the answer cannot be stored", null));
        }
    }

    private void answered(ClaimedJob job, Answered answered, JobEnd end) throws InterruptedException {
        Taken taken = offer(job, answered, end);
        Failpoints.reach(Failpoint.OUTCOME_COMMITTED);
        meters.billed(answered);
        if (job.rescue()) {
            meters.rescued(answered);
        }
        switch (taken) {
            case OUTCOME -> meters.ended(job, end, answered.route());
            case LATE_RESULT ->
                log.atInfo()
                        .addKeyValue("job", job.id())
                        .addKeyValue("call", answered.call().id())
                        .log("The answer came after its job had expired; it is kept as the late result");
            case LEFT_TO_ITS_LINE -> leftToItsLine(job);
            case DROPPED -> dropped(job);
        }
    }

    /// What became of the end of an attempt.
    private enum Taken {
        OUTCOME,
        LATE_RESULT,
        LEFT_TO_ITS_LINE,
        DROPPED
    }

    /// While this worker lives and nobody has taken the job, the answer may still find its place: after
    /// an outage the others judge nobody before they have beaten for as long as a dead worker is waited
    /// for, which is longer than the longest pause here.
    private Taken offer(ClaimedJob job, Answered answered, JobEnd end) throws InterruptedException {
        try {
            return patiently(settings.keepAnswer(), () -> write(job, answered, end));
        } catch (InterruptedException stopping) {
            Taken taken = offerOnce(job, answered, end);
            Thread.currentThread().interrupt();
            return taken;
        } catch (DataIntegrityViolationException | InvalidDataAccessResourceUsageException ours) {
            throw ours;
        } catch (DataAccessException | TransactionException away) {
            lost(answered);
            throw away;
        }
    }

    /// The process stops and the database is still away, or was a moment ago.
    private Taken offerOnce(ClaimedJob job, Answered answered, JobEnd end) throws InterruptedException {
        try {
            return inTransaction(() -> write(job, answered, end));
        } catch (DataAccessException | TransactionException away) {
            lost(answered);
            var taken = new InterruptedException("stopped while the database was away");
            taken.initCause(away);
            throw taken;
        }
    }

    /// All that is left of such an answer, so that somebody who compares bills can find it. Never its
    /// text.
    private static void lost(Answered answered) {
        log.atError()
                .addKeyValue("job", answered.call().job())
                .addKeyValue("call", answered.call().id())
                .addKeyValue("provider", answered.call().account().shownAs())
                .addKeyValue("model", answered.call().model())
                .addKeyValue("requestId", answered.completion().requestId())
                .addKeyValue("inputTokens", answered.completion().usage().inputTokens())
                .addKeyValue("outputTokens", answered.completion().usage().outputTokens())
                .log("A paid answer could not be written; its call will stand at its estimate, the job is tried again");
    }

    private Taken write(ClaimedJob job, Answered answered, JobEnd end) {
        calls.confirm(
                answered.call(),
                answered.completion().usage(),
                answered.charge(),
                answered.completion().requestId());
        Taken taken = leaves(job, end)
                ? Taken.LEFT_TO_ITS_LINE
                : attempts.finish(job, end, answered.route()) ? Taken.OUTCOME : late(job, answered, end);
        Failpoints.reach(Failpoint.OUTCOME_WRITTEN);
        return taken;
    }

    private Taken late(ClaimedJob job, Answered answered, JobEnd end) {
        JobResult result = end instanceof JobEnd.Succeeded succeeded ? succeeded.result() : null;
        return attempts.answeredLate(job, result, answered.route()) ? Taken.LATE_RESULT : Taken.DROPPED;
    }

    /// A rescue that fails ends no job whose line may still be answered.
    private boolean leaves(ClaimedJob job, JobEnd end) {
        return end instanceof JobEnd.Failed && attempts.leaveToItsLine(job);
    }

    private void end(ClaimedJob job, JobEnd end, Route route) throws InterruptedException {
        Taken taken = patiently(A_MINUTE, () -> {
            if (leaves(job, end)) {
                return Taken.LEFT_TO_ITS_LINE;
            }
            return attempts.finish(job, end, route) ? Taken.OUTCOME : Taken.DROPPED;
        });
        switch (taken) {
            case OUTCOME -> meters.ended(job, end, route);
            case LEFT_TO_ITS_LINE -> leftToItsLine(job);
            case LATE_RESULT, DROPPED -> dropped(job);
        }
    }

    private static void leftToItsLine(ClaimedJob job) {
        log.atInfo()
                .addKeyValue("job", job.id())
                .addKeyValue("attempt", job.attempt())
                .log("A rescue has failed; the job waits for its line in a provider batch");
    }

    private void tryAgain(ClaimedJob job, ErrorCode why, String detail, Route route) throws InterruptedException {
        if (job.attempt() >= settings.maxAttempts()) {
            end(job, new JobEnd.Failed(why, detail, null), route);
            return;
        }
        Duration delay = backoff.after(job.attempt());
        putBack(job, delay, WaitReason.BACKOFF, true);
        meters.retried(why);
    }

    private void snooze(ClaimedJob job, LaneOutcome.Later later) throws InterruptedException {
        putBack(job, backoff.atLeast(later.after().orElse(settings.snooze())), later.waitReason(), false);
        meters.snoozed(later.why());
    }

    /// The worker needs its thread back: the job waits for another one and the attempt does not count.
    ///
    /// One try only, for the thread is wanted elsewhere; where it fails the upkeep finds a job that
    /// nobody holds.
    void handBack(ClaimedJob job) {
        if (!attempts.putBack(job, Duration.ZERO, WaitReason.BACKOFF, false)) {
            dropped(job);
        }
    }

    /// Something of ours failed. The job is tried again while it may be, so that a bug of a moment costs
    /// no job.
    void failUnexpectedly(ClaimedJob job) throws InterruptedException {
        tryAgain(job, ErrorCode.INTERNAL_ERROR, ErrorCode.INTERNAL_ERROR.title(), new Route(Lane.DIRECT, null, null));
    }

    private void putBack(ClaimedJob job, Duration delay, WaitReason why, boolean countsAsAttempt)
            throws InterruptedException {
        if (!patiently(A_MINUTE, () -> attempts.putBack(job, delay, why, countsAsAttempt))) {
            dropped(job);
        }
        Failpoints.reach(Failpoint.JOB_PUT_BACK);
    }

    private void dropped(ClaimedJob job) {
        meters.dropped();
        log.atWarn()
                .addKeyValue("job", job.id())
                .addKeyValue("fence", job.fence())
                .log("The job has ended or another worker took it over; this outcome is dropped");
    }

    /// One transaction, repeated while the database is away. Repeating is harmless: every statement is
    /// guarded by fence or key.
    private <T> T patiently(Duration patience, Supplier<T> writes) throws InterruptedException {
        long began = System.nanoTime();
        Duration slept = Duration.ZERO;
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                return inTransaction(writes);
            } catch (DataIntegrityViolationException | InvalidDataAccessResourceUsageException ours) {
                throw ours; // no later try would fare better
            } catch (DataAccessException | TransactionException away) {
                Duration waited = longer(slept, Duration.ofNanos(System.nanoTime() - began)); // a try takes time too
                if (waited.compareTo(patience) >= 0) {
                    throw away;
                }
                log.atWarn().setCause(away).log("The database did not take an outcome; it is offered again");
            }
            sleeper.sleep(pause);
            slept = slept.plus(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private <T> T inTransaction(Supplier<T> writes) {
        return Objects.requireNonNull(transaction.execute(_ -> writes.get()));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
