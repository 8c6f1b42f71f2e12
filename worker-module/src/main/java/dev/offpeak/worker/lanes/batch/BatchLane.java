package dev.offpeak.worker.lanes.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.lanes.LaneSettings;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providerbatches.Collector;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.BatchCatalogue;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.TokenEstimate;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.worker.lanes.Candidate;
import dev.offpeak.worker.lanes.Lane;
import dev.offpeak.worker.lanes.LaneOutcome;
import dev.offpeak.worker.lanes.LaneRequest;
import dev.offpeak.worker.lanes.PromptPrefix;
import dev.offpeak.worker.lanes.Rules;
import java.time.Duration;
import org.springframework.transaction.support.TransactionOperations;

/// Leaves a job to a provider batch that collects: a line of it and the job's state in one transaction.
/// What becomes of the batch, and of the job with it, is others' work.
final class BatchLane implements Lane {

    /// What frames a line beside its messages: ids, model, parameters.
    private static final int FRAME_BYTES = 400;

    private static final int MESSAGE_BYTES = 40;

    private final Collector collector;
    private final AttemptStore attempts;
    private final Lanes lanes;
    private final Rules rules;
    private final Charges charges;
    private final LaneSettings settings;
    private final TransactionOperations transaction;

    BatchLane(
            Collector collector,
            AttemptStore attempts,
            Lanes lanes,
            Rules rules,
            Charges charges,
            LaneSettings settings,
            TransactionOperations transaction) {
        this.collector = collector;
        this.attempts = attempts;
        this.lanes = lanes;
        this.rules = rules;
        this.charges = charges;
        this.settings = settings;
        this.transaction = transaction;
    }

    @Override
    public LaneOutcome attempt(LaneRequest request) {
        ClaimedJob job = request.job();
        Candidate candidate = request.candidates().getFirst();
        var most = Usage.of(
                TokenEstimate.of(candidate.account().provider(), request.messages(), request.responseFormat()),
                request.maxOutputTokens());
        boolean collected = Boolean.TRUE.equals(transaction.execute(_ -> attempts.explain(job, request.reasons())
                && collector.collect(
                        job,
                        group(job, candidate),
                        most,
                        charges.atMostInBatch(candidate.account(), candidate.model(), most),
                        bytes(request),
                        collectFor(job))));
        return collected
                ? new LaneOutcome.Batched(new Route(
                        dev.offpeak.shared.jobs.Lane.BATCH,
                        candidate.account().shownAs(),
                        candidate.model(),
                        request.reasons()))
                : new LaneOutcome.Lost();
    }

    /// A line of a bulk that goes again stays among its own, so that a cancel of the bulk reaches the
    /// provider.
    private Group group(ClaimedJob job, Candidate candidate) {
        String protocol = candidate.account().provider();
        BatchCapabilities capabilities = lanes.batches(candidate.account()).orElseThrow();
        String prefix = rules.of(job)
                .map(rule -> PromptPrefix.of(rule.definition(), protocol, candidate.model(), capabilities))
                .orElse("");
        return new Group(
                job.tenant(),
                job.batch(),
                candidate.account(),
                candidate.model(),
                BatchCatalogue.endpoint(protocol),
                prefix);
    }

    /// Lines of a bulk go again when their provider batch has ended, and all at once.
    private Duration collectFor(ClaimedJob job) {
        return job.batch() == null ? settings.collectFor() : settings.collectRetriesFor();
    }

    /// About as long as the line will be; what it really has is counted when it is written.
    private static long bytes(LaneRequest request) {
        long bytes = FRAME_BYTES;
        for (var message : request.messages()) {
            bytes += MESSAGE_BYTES + message.content().getBytes(UTF_8).length;
        }
        return bytes
                + switch (request.responseFormat()) {
                    case ResponseFormat.Text _, ResponseFormat.JsonObject _ -> 0;
                    case ResponseFormat.JsonSchema wanted -> wanted.schema().length();
                };
    }
}
