package dev.offpeak.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.lanes.LaneDecision;
import dev.offpeak.shared.lanes.LaneOption;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.lanes.Way;
import dev.offpeak.shared.lanes.Willingness;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.shared.workflows.CachePolicy;
import dev.offpeak.shared.workflows.ContextPolicy;
import dev.offpeak.shared.workflows.LaneRule;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.lanes.Candidate;
import dev.offpeak.worker.lanes.LaneOutcome;
import dev.offpeak.worker.lanes.LaneRequest;
import dev.offpeak.worker.lanes.RequestAssembly;
import dev.offpeak.worker.lanes.Rules;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GenerationPipelineTest {

    private static final List<LaneReason> WHY = List.of(new LaneReason("cheapest_in_time", "It is."));
    private static final LaneOption OPTION = new LaneOption(Way.DIRECT, Duration.ZERO, null, List.of());
    private static final LaneOutcome ANSWERED =
            new LaneOutcome.GaveUp(ErrorCode.PROVIDER_REJECTED, "no", new Route(Lane.DIRECT, "openai", "m"));
    private static final LaneOutcome BATCHED = new LaneOutcome.Batched(new Route(Lane.BATCH, "openai", "m"));

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<Lanes.Request> asked = new ArrayList<>();
    private final List<LaneRequest> called = new ArrayList<>();
    private final List<LaneRequest> batched = new ArrayList<>();
    private LaneDecision decision = new LaneDecision.Direct(OPTION, WHY, List.of());
    private LaneRule rule = LaneRule.AUTO;
    private ProviderSettings.Account openai = new ProviderSettings.Account("key", null);

    @Test
    void callsNowWhereThatIsChosenAndSaysWhy() throws InterruptedException {
        assertThat(run(SomeJob.claimed())).isEqualTo(ANSWERED);

        assertThat(called).singleElement().satisfies(request -> {
            assertThat(request.reasons()).isEqualTo(WHY);
            assertThat(request.flexPatience()).isNull();
            assertThat(request.candidates()).hasSize(2);
        });
        assertThat(batched).isEmpty();
        assertThat(Metric.LANES_CHOSEN
                        .counter(registry, "direct", "cheapest_in_time")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void leavesTheJobToABatchWhereThatIsChosen() throws InterruptedException {
        decision = new LaneDecision.Batch(OPTION, WHY, List.of());

        assertThat(run(SomeJob.claimed())).isEqualTo(BATCHED);

        assertThat(called).isEmpty();
        assertThat(batched)
                .singleElement()
                .satisfies(request -> assertThat(request.reasons()).isEqualTo(WHY));
    }

    @Test
    void callsOnTheFlexTierForAsLongAsTheDeadlineLeaves() throws InterruptedException {
        decision = new LaneDecision.Flex(OPTION, WHY, List.of(), Duration.ofMinutes(3));

        run(SomeJob.claimed());

        assertThat(called)
                .singleElement()
                .satisfies(request -> assertThat(request.flexPatience()).isEqualTo(Duration.ofMinutes(3)));
    }

    @Test
    void asksForTheBestModelAndWithAllThatIsKnownOfTheJob() throws InterruptedException {
        rule = LaneRule.BATCH;
        run(SomeJob.thatMayWait());
        run(SomeJob.inNeed());
        run(SomeJob.claimed());

        assertThat(asked)
                .extracting(Lanes.Request::willingness)
                .containsExactly(Willingness.MAY_WAIT, Willingness.RESCUED, Willingness.MUST_NOT_WAIT);
        assertThat(asked.getFirst().model()).isEqualTo("gpt-4o-mini");
        assertThat(asked.getFirst().account().provider()).isEqualTo("openai");
        assertThat(asked.getFirst().timeLeft()).isEqualTo(Duration.ofMinutes(10));
        assertThat(asked.getFirst().most().outputTokens()).isEqualTo(150);
        assertThat(asked.getFirst().most().inputTokens()).isPositive();
    }

    @Test
    void leavesItToTheDirectLaneToSayThatNobodyIsConfigured() throws InterruptedException {
        openai = new ProviderSettings.Account(null, null);

        run(SomeJob.claimed());

        assertThat(asked).isEmpty();
        assertThat(called)
                .singleElement()
                .satisfies(request -> assertThat(request.candidates())
                        .extracting(Candidate::model)
                        .isEmpty());
    }

    private LaneOutcome run(ClaimedJob job) throws InterruptedException {
        var pipeline = new GenerationPipeline(
                new Rules(workflows()),
                unused(CallStore.class),
                unused(LedgerStore.class),
                new RequestAssembly(
                        new ProviderSettings(openai, openai, null, Duration.ofSeconds(60), Duration.ofSeconds(5))),
                fake(Lanes.class, arguments -> {
                    asked.add((Lanes.Request) arguments[0]);
                    return decision;
                }),
                request -> {
                    called.add(request);
                    return ANSWERED;
                },
                request -> {
                    batched.add(request);
                    return BATCHED;
                },
                new GenerationMeters(registry, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC)));
        return pipeline.run(job);
    }

    private WorkflowStore workflows() {
        return fake(
                WorkflowStore.class,
                _ -> Optional.of(new Workflow(
                        new WorkflowDefinition(
                                "classify",
                                Tier.FAST,
                                rule,
                                "openai",
                                "gpt-4o-mini",
                                "gpt-4.1",
                                List.of(new ModelChoice("anthropic", "claude-haiku-4-5")),
                                150,
                                null,
                                Duration.ofMinutes(15),
                                CachePolicy.DEFAULT,
                                ContextPolicy.DEFAULT,
                                null),
                        1,
                        Instant.EPOCH)));
    }

    private static <T> T unused(Class<T> type) {
        return fake(type, _ -> {
            throw new AssertionError(type + " was used");
        });
    }

    private interface Answer {
        @Nullable Object to(Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, _, arguments) -> answer.to(arguments)));
    }
}
