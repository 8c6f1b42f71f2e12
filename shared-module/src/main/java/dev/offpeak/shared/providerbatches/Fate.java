package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.jobs.JobStatus;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What the end of a line does to its job, as that stands under lock.
sealed interface Fate {

    LineEnd end();

    /// A job under lock.
    record Standing(JobId id, Instant createdAt, JobStatus status, int attempts, boolean rescue) {}

    /// The job ends by it.
    record Ends(LineEnd end, Standing job, JobEnd how) implements Fate {
        JobStatus status() {
            return switch (how) {
                case JobEnd.Succeeded _ -> JobStatus.SUCCEEDED;
                case JobEnd.Failed _ -> JobStatus.FAILED;
            };
        }
    }

    /// The job waits for another try.
    ///
    /// @param tried whether this one counts
    record GoesAgain(LineEnd end, Duration pause, ErrorCode why, boolean tried) implements Fate {}

    /// The job has ended; its cost has changed.
    ///
    /// @param lateResult kept where the job had expired
    record HadEnded(LineEnd end, Standing job, JobEnd.@Nullable Succeeded lateResult) implements Fate {}

    /// The job is being rescued: that decides, the line only records its end.
    record Elsewhere(LineEnd end) implements Fate {}

    static Fate of(LineEnd end, Standing job, int maxAttempts) {
        if (job.status().terminal()) {
            boolean kept = job.status() == JobStatus.EXPIRED;
            return new HadEnded(end, job, kept && result(end) instanceof JobEnd.Succeeded succeeded ? succeeded : null);
        }
        return switch (end) {
            case LineEnd.Answered answered ->
                switch (answered.end()) {
                    case JobEnd.Succeeded succeeded -> new Ends(end, job, succeeded);
                    case JobEnd.Failed failed -> ifItsOwn(end, job, new Ends(end, job, failed));
                };
            case LineEnd.Refused refused ->
                ifItsOwn(end, job, new Ends(end, job, failed(ErrorCode.PROVIDER_REJECTED, words(refused))));
            case LineEnd.Again again ->
                ifItsOwn(
                        end,
                        job,
                        again.tried()
                                ? again(end, job, again.why(), again.detail(), again.pause(), maxAttempts)
                                : new GoesAgain(end, again.pause(), again.why(), false));
            case LineEnd.Unreadable unreadable ->
                ifItsOwn(
                        end,
                        job,
                        again(
                                end,
                                job,
                                ErrorCode.PROVIDER_MALFORMED_ANSWER,
                                unreadable.detail(),
                                unreadable.pause(),
                                maxAttempts));
        };
    }

    private static @Nullable JobEnd result(LineEnd end) {
        return end instanceof LineEnd.Answered answered ? answered.end() : null;
    }

    private static Fate ifItsOwn(LineEnd end, Standing job, Fate fate) {
        return job.status() == JobStatus.BATCHED ? fate : new Elsewhere(end);
    }

    private static Fate again(
            LineEnd end, Standing job, ErrorCode why, String detail, Duration pause, int maxAttempts) {
        return job.attempts() + 1 >= maxAttempts
                ? new Ends(end, job, failed(why, detail))
                : new GoesAgain(end, pause, why, true);
    }

    private static JobEnd.Failed failed(ErrorCode why, String detail) {
        return new JobEnd.Failed(why, detail, null);
    }

    private static String words(LineEnd.Refused refused) {
        return refused.vendorCode() + ": " + refused.detail();
    }
}
