package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.providers.ProviderAccount;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A provider batch as its row stands. Times are the database's.
///
/// @param bulk the tenant's bulk that has it to itself
/// @param primerOf the batch that waits for this one to write the prompt cache
/// @param parent the batch that this one was split off from
/// @param splits how often it was split already
/// @param tokens of the prompts: estimated from above, exact once counted
/// @param counted whether `tokens` are exact
/// @param attempt uploads and creates under one intent; counts from 1 with the first upload
/// @param inputName under which the newest input was uploaded
/// @param remoteId the batch at the provider
/// @param remoteStatus in the provider's words
/// @param endedAs `completed`, `failed`, `expired`, `cancelled` or `vanished`
/// @param errorCode what stands in its way at the moment, or why it failed
/// @param errorLine the line of the input, from 1, that a refusal named
/// @param missingSince since when the provider does not know it any more
/// @param failures of its steps, one after another
/// @param unanswered when its create had ended without an answer that tells whether the batch exists
/// @param suspect whether more than one batch may have been created for it
/// @param doubtedAt when the first of its creates began that were given up without being seen to end: each of
///     them may still make a batch
/// @param doubtedLines how many lines that one had
/// @param cancelledAt when the provider had taken our cancel
/// @param takenBack times in a row that a worker died over it
/// @param fence of the newest claim, which alone may write
/// @param worker who holds the claim
/// @param readAt when this was read
public record ProviderBatchRow(
        ProviderBatchId id,
        Instant createdAt,
        TenantId tenant,
        @Nullable BatchId bulk,
        ProviderAccount account,
        String model,
        String endpoint,
        String prefix,
        @Nullable ProviderBatchId primerOf,
        @Nullable ProviderBatchId parent,
        int splits,
        BatchState state,
        int lines,
        long bytes,
        long tokens,
        boolean counted,
        @Nullable Usd estimate,
        Instant closeAt,
        @Nullable Instant nearestDeadline,
        @Nullable String closedBecause,
        int attempt,
        @Nullable String inputName,
        @Nullable String inputSha256,
        @Nullable String inputFileId,
        @Nullable String remoteId,
        @Nullable String remoteStatus,
        @Nullable String outputFileId,
        @Nullable String errorFileId,
        int remoteCompleted,
        int remoteFailed,
        boolean cancelRequested,
        @Nullable String endedAs,
        @Nullable String errorCode,
        @Nullable String errorMessage,
        @Nullable Integer errorLine,
        @Nullable Instant closedAt,
        @Nullable Instant uploadingAt,
        @Nullable Instant creatingAt,
        @Nullable Instant submittedAt,
        @Nullable Instant remoteExpiresAt,
        @Nullable Instant endedAt,
        @Nullable Instant finishedAt,
        int polls,
        @Nullable Instant missingSince,
        int failures,
        @Nullable Instant unanswered,
        boolean suspect,
        @Nullable Instant doubtedAt,
        @Nullable Integer doubtedLines,
        @Nullable Instant cancelledAt,
        int takenBack,
        long fence,
        @Nullable WorkerId worker,
        Instant notBefore,
        Instant readAt) {

    public Group group() {
        return new Group(tenant, bulk, account, model, endpoint, prefix);
    }
}
