package dev.offpeak.api.batches;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.GenerationRequest.ContextChunk;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.LineEstimate;
import dev.offpeak.shared.ledger.CostEstimate;
import dev.offpeak.shared.ledger.Price;
import dev.offpeak.shared.ledger.PriceBook;
import dev.offpeak.shared.ledger.Tariff;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.TokenEstimate;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/// What lines may take at most. For one upload: a price is looked up once.
final class LineEstimates {

    /// The frame of a line and of its messages, in bytes.
    private static final int FRAME = 400;

    /// Words that a worker may put around a prompt: the word budget, the heading of the context.
    private static final int ADDED_TOKENS = 64;

    private final PriceBook prices;
    private final Instant at;
    private final Function<ModelChoice, Optional<Duration>> neededByLine;
    private final Map<ModelChoice, Optional<Duration>> needed = new HashMap<>();
    private final Map<ModelChoice, Optional<Price>> known = new HashMap<>();
    private final Map<Workflow, Instructions> instructions = new HashMap<>();

    private record Instructions(long tokens, long bytes) {}

    /// @param at the moment whose prices hold
    /// @param neededByLine the time that a provider batch of a model needs; empty where there is none
    LineEstimates(PriceBook prices, Instant at, Function<ModelChoice, Optional<Duration>> neededByLine) {
        this.prices = prices;
        this.at = at;
        this.neededByLine = neededByLine;
    }

    LineEstimate of(JobSubmission job, Workflow workflow) {
        GenerationRequest request = job.request();
        Tier tier = job.tier();
        ModelChoice model = workflow.definition().model(tier);
        Instructions always = instructions.computeIfAbsent(workflow, LineEstimates::instructionsOf);
        List<ContextChunk> context = request.context().stream()
                .limit(workflow.definition().context().maxChunks())
                .toList();
        long input = always.tokens() + TokenEstimate.of(model.provider(), request.messages(), request.responseFormat());
        long bytes = FRAME + always.bytes();
        for (ContextChunk chunk : context) {
            input += TokenEstimate.ofText(model.provider(), chunk.id() + chunk.text()) + 8;
            bytes += chunk.text().getBytes(UTF_8).length;
        }
        for (ChatMessage message : request.messages()) {
            bytes += message.content().getBytes(UTF_8).length + 40;
        }
        long output = Objects.requireNonNullElse(
                request.maxOutputTokens(), workflow.definition().maxOutputTokens());
        Optional<Usd> called = cost(model, input, output, Tariff.STANDARD);
        Optional<Usd> usd = calledAlone(job, model) ? called : cost(model, input, output, Tariff.BATCH);
        return new LineEstimate(input, output, bytes, usd.orElse(null), called.orElse(null));
    }

    /// Whether it cannot go through a provider batch.
    boolean calledAlone(JobSubmission job, ModelChoice model) {
        if (!job.mayWait()) {
            return true;
        }
        Duration timeLeft = Duration.between(at, deadline(job));
        return needed.computeIfAbsent(model, neededByLine)
                .filter(time -> timeLeft.compareTo(time) >= 0)
                .isEmpty();
    }

    Instant deadline(JobSubmission job) {
        return switch (job.deadline()) {
            case Deadline.In(Duration in) -> at.plus(in);
            case Deadline.At(Instant deadline) -> deadline;
        };
    }

    private Optional<Usd> cost(ModelChoice model, long input, long output, Tariff tariff) {
        return known.computeIfAbsent(model, choice -> prices.find(choice.provider(), choice.model(), at))
                .flatMap(price -> CostEstimate.upperBound(price, input, output, tariff));
    }

    private static Instructions instructionsOf(Workflow workflow) {
        String prompt = Objects.requireNonNullElse(workflow.definition().systemPrompt(), "");
        String provider = workflow.definition().provider();
        return new Instructions(
                TokenEstimate.ofText(provider, prompt) + ADDED_TOKENS, prompt.getBytes(UTF_8).length + 200);
    }
}
