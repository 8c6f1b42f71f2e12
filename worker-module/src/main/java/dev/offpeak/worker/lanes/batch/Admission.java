package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.BatchSteps.Terms;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.BatchProvider;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets closed batches through to their provider as far as its limits allow.
final class Admission {

    private static final Logger log = LoggerFactory.getLogger(Admission.class);

    /// Below this part of a limit an estimate from above will do, and nobody need count.
    private static final int NEGLIGIBLE = 10;

    private final BatchSteps steps;
    private final InputWriter inputs;
    private final Primers primers;
    private final BatchSettings settings;

    Admission(BatchSteps steps, InputWriter inputs, Primers primers, BatchSettings settings) {
        this.steps = steps;
        this.inputs = inputs;
        this.primers = primers;
        this.settings = settings;
    }

    Next admit(ProviderBatchRow batch, BatchProvider provider) throws IOException, InterruptedException {
        Optional<Next> primer = primers.before(batch, provider);
        if (primer.isPresent()) {
            return primer.get();
        }
        Terms terms = terms(batch, provider.capabilities());
        if (worthCounting(batch, terms)) {
            return counted(batch);
        }
        return switch (steps.admit(batch, terms)) {
            case BatchSteps.Admission.Admitted(var sealed) -> {
                Failpoints.reach(Failpoint.BATCH_SEALED);
                log.atInfo()
                        .addKeyValue("providerBatch", sealed.id())
                        .addKeyValue("lines", sealed.lines())
                        .addKeyValue("tokens", sealed.tokens())
                        .addKeyValue("because", sealed.closedBecause())
                        .log("A provider batch is on its way");
                yield new Next.Go(sealed);
            }
            case BatchSteps.Admission.Full full -> new Next.Wait(full.again());
            case BatchSteps.Admission.TooLarge(long limit) -> tooLarge(batch, terms, limit);
            case BatchSteps.Admission.Empty _, BatchSteps.Admission.Lost _ -> Next.DONE;
        };
    }

    private Terms terms(ProviderBatchRow batch, BatchCapabilities capabilities) {
        OptionalLong limit = switch (capabilities.quotaUnit()) {
            case TOKENS_OF_MODEL ->
                settings.enqueuedTokens(batch.model(), batch.account().simulated());
            case REQUESTS -> OptionalLong.of(settings.enqueuedRequests());
        };
        return new Terms(capabilities.quotaUnit(), limit, capabilities.creationsPerHour());
    }

    private static boolean worthCounting(ProviderBatchRow batch, Terms terms) {
        return terms.unit() == QuotaUnit.TOKENS_OF_MODEL
                && !batch.counted()
                && terms.limit().isPresent()
                && batch.tokens() > terms.limit().getAsLong() / NEGLIGIBLE;
    }

    private Next counted(ProviderBatchRow batch) throws IOException, InterruptedException {
        return Next.orDone(steps.counted(batch, inputs.count(batch)));
    }

    private Next tooLarge(ProviderBatchRow batch, Terms terms, long limit) throws IOException, InterruptedException {
        if (terms.unit() == QuotaUnit.TOKENS_OF_MODEL && !batch.counted()) {
            return counted(batch); // a limit that was learned
        }
        long need = terms.unit() == QuotaUnit.REQUESTS ? batch.lines() : batch.tokens();
        int parts = (int) Math.min(batch.lines(), Math.ceilDiv(need, Math.max(1, limit)));
        log.atInfo()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("parts", parts)
                .addKeyValue("limit", limit)
                .log("A batch is larger than all that may be enqueued; it is split");
        steps.split(batch, Math.max(2, parts));
        return Next.DONE;
    }
}
