package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providerbatches.LineEnd;
import dev.offpeak.shared.providerbatches.LineState;
import dev.offpeak.shared.providerbatches.OpenLine;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.worker.lanes.AnswerCheck;
import dev.offpeak.worker.lanes.RetryRule;
import java.time.Duration;

/// Decides what a result means for its line; answers are judged as those of direct calls are.
final class LineJudge {

    private static final Duration UNTIL_SOMEBODY_PAYS = Duration.ofMinutes(5);

    /// What does not count as a try must not go round and round at once.
    private static final Duration A_WHILE = Duration.ofSeconds(15);

    private final AnswerCheck check;
    private final Charges charges;
    private final RetryRule retries;

    LineJudge(AnswerCheck check, Charges charges, RetryRule retries) {
        this.check = check;
        this.charges = charges;
        this.retries = retries;
    }

    LineEnd judge(ProviderBatchRow batch, OpenLine line, LineResult result) {
        return switch (result) {
            case LineResult.Answered answered -> answered(batch, line, answered.completion());
            case LineResult.Failed failed
            when failed.accountOutOfCredit() ->
                new LineEnd.Again(
                        line, LineState.ERROR, ErrorCode.PROVIDER_RATE_LIMITED, words(failed), UNTIL_SOMEBODY_PAYS);
            case LineResult.Failed failed ->
                failed.retryable()
                        ? again(line, meaning(failed.vendorCode()), words(failed))
                        : new LineEnd.Refused(line, failed.vendorCode(), failed.detail());
            case LineResult.NotRun notRun -> notRun(line, notRun);
            case LineResult.Unreadable unreadable ->
                new LineEnd.Unreadable(
                        line,
                        unreadable.detail(),
                        charges.atMostInBatch(batch.account(), batch.model(), line.estimate()),
                        pause(line));
        };
    }

    private LineEnd answered(ProviderBatchRow batch, OpenLine line, Completion completion) {
        return new LineEnd.Answered(
                line,
                check.check(completion, line.format()),
                completion.usage(),
                charges.batch(batch.account(), batch.model(), completion.model(), completion.usage()));
    }

    private static LineEnd notRun(OpenLine line, LineResult.NotRun notRun) {
        return switch (notRun.why()) {
            case EXPIRED -> rest(line, LineState.EXPIRED);
            case CANCELLED -> rest(line, LineState.CANCELLED);
            case OTHER ->
                new LineEnd.Again(
                        line,
                        LineState.ERROR,
                        meaning(notRun.vendorCode()),
                        "the provider did not run it: " + notRun.vendorCode(),
                        A_WHILE,
                        false);
        };
    }

    /// A line that may have run, and whose answer the provider does not show.
    LineEnd unseen(ProviderBatchRow batch, OpenLine line) {
        return new LineEnd.Unreadable(
                line,
                "the provider says that it has completed this line and does not show its answer",
                charges.atMostInBatch(batch.account(), batch.model(), line.estimate()),
                Duration.ZERO);
    }

    /// A line of which the ended batch says nothing more. It goes again: nothing was wrong with it.
    static LineEnd rest(OpenLine line, LineState state) {
        return switch (state) {
            case EXPIRED ->
                new LineEnd.Again(
                        line,
                        state,
                        ErrorCode.PROVIDER_TIMEOUT,
                        "the provider's batch expired before this line ran",
                        Duration.ZERO);
            case CANCELLED ->
                new LineEnd.Again(
                        line,
                        state,
                        ErrorCode.PROVIDER_UNAVAILABLE,
                        "the provider's batch was cancelled before this line ran",
                        A_WHILE);
            case LOST, ASSIGNED, SENT, OK, ERROR, RETURNED, WITHDRAWN ->
                new LineEnd.Again(
                        line,
                        LineState.LOST,
                        ErrorCode.PROVIDER_UNAVAILABLE,
                        "the provider's batch ended and said nothing of this line",
                        A_WHILE);
        };
    }

    private LineEnd again(OpenLine line, ErrorCode why, String detail) {
        Duration pause = pause(line);
        boolean waits = why == ErrorCode.PROVIDER_RATE_LIMITED && pause.compareTo(A_WHILE) < 0;
        return new LineEnd.Again(line, LineState.ERROR, why, detail, waits ? A_WHILE : pause);
    }

    private Duration pause(OpenLine line) {
        return retries.after(line.attempts() + 1);
    }

    private static String words(LineResult.Failed failed) {
        return failed.vendorCode() + ": " + failed.detail();
    }

    private static ErrorCode meaning(String vendorCode) {
        if (vendorCode.contains("rate_limit") || vendorCode.equals("http_429")) {
            return ErrorCode.PROVIDER_RATE_LIMITED;
        }
        if (vendorCode.contains("overloaded") || vendorCode.equals("http_529")) {
            return ErrorCode.PROVIDER_OVERLOADED;
        }
        return vendorCode.contains("timeout") ? ErrorCode.PROVIDER_TIMEOUT : ErrorCode.PROVIDER_UNAVAILABLE;
    }
}
