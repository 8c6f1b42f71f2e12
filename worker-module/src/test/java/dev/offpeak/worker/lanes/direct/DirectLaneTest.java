package dev.offpeak.worker.lanes.direct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.ledger.CostLine;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.PaceStore;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.ServiceTier;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.worker.lanes.CallWindow;
import dev.offpeak.worker.lanes.Candidate;
import dev.offpeak.worker.lanes.LaneOutcome;
import dev.offpeak.worker.lanes.LaneRequest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DirectLaneTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Candidate FIRST =
            new Candidate(new ProviderAccount("openai", "default", false), "gpt-4o-mini");
    private static final Candidate SECOND =
            new Candidate(new ProviderAccount("anthropic", "default", false), "claude-haiku-4-5");

    private final ScriptedProvider openai = new ScriptedProvider("openai");
    private final ScriptedProvider anthropic = new ScriptedProvider("anthropic");
    private final RecordingCalls calls = new RecordingCalls();
    private final RecordingPace pace = new RecordingPace();
    private final IdGenerator ids = new TimeOrderedIds(() -> NOW);
    private final ScriptedWindow window = new ScriptedWindow();
    private final DirectLane lane = lane();

    private DirectLane lane() {
        var settings = new DirectLaneSettings(
                4, Duration.ofMillis(20), Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofMinutes(10));
        var registry = new SimpleMeterRegistry();
        return new DirectLane(
                Map.of("openai", openai, "anthropic", anthropic),
                new ProviderSettings(
                        new ProviderSettings.Account("key", null),
                        new ProviderSettings.Account("key", null),
                        null,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(5)),
                new Permits(pace, Clock.fixed(NOW, ZoneOffset.UTC), settings, registry),
                window,
                calls,
                new OneCent(),
                ids,
                settings,
                new DirectLaneMeters(registry));
    }

    private LaneRequest request(@Nullable Usd maxCost, Candidate... candidates) {
        var message = new ChatMessage(ChatMessage.Role.USER, "Hello");
        var job = new ClaimedJob(
                new JobId(ids.next()),
                NOW,
                new TenantId(ids.next()),
                1,
                new WorkerId(ids.next()),
                1,
                false,
                "classify",
                1,
                Tier.FAST,
                null,
                null,
                null,
                Duration.ZERO,
                Duration.ofSeconds(5),
                false,
                false,
                new GenerationRequest(
                        List.of(message),
                        null,
                        List.of(),
                        "auto",
                        "default",
                        null,
                        maxCost,
                        null,
                        null,
                        new ResponseFormat.Text()));
        return new LaneRequest(
                job, List.of(candidates), List.of(message), 100, null, new ResponseFormat.Text(), maxCost);
    }

    @Test
    void recordsTheCallBeforeItIsMadeAndLeavesItsEndToTheSettlement() throws InterruptedException {
        openai.answers(answer());

        assertThat(lane.attempt(request(null, FIRST, SECOND))).isInstanceOf(LaneOutcome.Answered.class);

        assertThat(calls.events()).containsExactly("begin gpt-4o-mini");
        assertThat(anthropic.seen).isEmpty();
        assertThat(openai.seen)
                .singleElement()
                .satisfies(sent -> assertThat(sent.callId())
                        .isEqualTo(calls.begun().getFirst().id()));
    }

    @Test
    void doesNotCutACallAtTheDeadline() throws InterruptedException {
        openai.answers(answer());

        lane.attempt(request(null, FIRST));

        assertThat(openai.seen)
                .singleElement()
                .satisfies(sent -> assertThat(sent.timeout())
                        .as("a late answer is paid for too, and kept")
                        .isEqualTo(Duration.ofSeconds(60)));
    }

    @Test
    void triesTheFallbackWhenTheFirstIsUnavailable() throws InterruptedException {
        openai.answers(failure(new ProviderError.Unavailable("http 500")));
        anthropic.answers(answer());

        LaneOutcome outcome = lane.attempt(request(null, FIRST, SECOND));

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        LaneOutcome.Answered.class,
                        answered -> assertThat(answered.route().model()).isEqualTo("claude-haiku-4-5"));
        assertThat(calls.events())
                .containsExactly("begin gpt-4o-mini", "not billed provider_unavailable", "begin claude-haiku-4-5");
    }

    @Test
    void triesNoFallbackWhereTheFirstMayHaveRunOrRefused() throws InterruptedException {
        openai.answers(failure(new ProviderError.TimedOut("no answer in time")));
        assertThat(lane.attempt(request(null, FIRST, SECOND)))
                .isInstanceOfSatisfying(
                        LaneOutcome.TryAgain.class,
                        again -> assertThat(again.why()).isEqualTo(ErrorCode.PROVIDER_TIMEOUT));
        assertThat(calls.events()).containsExactly("begin gpt-4o-mini", "unconfirmed provider_timeout");

        openai.answers(failure(new ProviderError.Rejected("invalid_prompt", "no")));
        assertThat(lane.attempt(request(null, FIRST, SECOND))).isInstanceOf(LaneOutcome.GaveUp.class);
        assertThat(anthropic.seen).isEmpty();
    }

    @Test
    void leavesALimitingProviderAloneForAsLongAsItAsked() throws InterruptedException {
        openai.answers(failure(new ProviderError.RateLimited(Optional.of(Duration.ofSeconds(7)), "slow down")));

        assertThat(lane.attempt(request(null, FIRST)))
                .isInstanceOfSatisfying(
                        LaneOutcome.Later.class,
                        later -> assertThat(later.after()).contains(Duration.ofSeconds(7)));
        assertThat(pace.slowed).containsExactly("openai PT7S");

        assertThat(lane.attempt(request(null, FIRST))).isInstanceOf(LaneOutcome.Later.class);
        assertThat(openai.seen).as("nobody calls during the pause").hasSize(1);
    }

    @Test
    void prefersWaitingToFailingWhenEveryCandidateIsUnavailable() throws InterruptedException {
        openai.answers(failure(new ProviderError.Unavailable("connection refused")));
        anthropic.answers(failure(new ProviderError.Overloaded(Optional.empty(), "overloaded")));

        assertThat(lane.attempt(request(null, FIRST, SECOND))).isInstanceOf(LaneOutcome.Later.class);
    }

    @Test
    void makesNoCallThatCouldCostMoreThanTheJobMay() throws InterruptedException {
        assertThat(lane.attempt(request(Usd.of("0.001"), FIRST)))
                .isInstanceOfSatisfying(
                        LaneOutcome.GaveUp.class,
                        gaveUp -> assertThat(gaveUp.why()).isEqualTo(ErrorCode.MAX_COST_EXCEEDED));
        assertThat(calls.events()).isEmpty();
    }

    @Test
    void leavesTheCallUnconfirmedWhenTheWorkerTakesTheThreadBack() {
        openai.interrupts = true;

        assertThatThrownBy(() -> lane.attempt(request(null, FIRST))).isInstanceOf(InterruptedException.class);
        assertThat(calls.events()).containsExactly("begin gpt-4o-mini", "unconfirmed worker_lost");
    }

    @Test
    void callsNobodyForAJobThatTheClaimHasLost() throws InterruptedException {
        calls.loseClaims();

        assertThat(lane.attempt(request(null, FIRST, SECOND))).isInstanceOf(LaneOutcome.Lost.class);
        assertThat(openai.seen).isEmpty();
        assertThat(anthropic.seen).isEmpty();
    }

    @Test
    void saysSoWhereNoProviderIsConfigured() throws InterruptedException {
        assertThat(lane.attempt(request(null)))
                .isInstanceOfSatisfying(
                        LaneOutcome.GaveUp.class,
                        gaveUp -> assertThat(gaveUp.why()).isEqualTo(ErrorCode.PROVIDER_NOT_CONFIGURED));
    }

    @Test
    void putsTheJobBackWhereAllPermitsAreInUse() throws InterruptedException {
        pace.permits = 1;
        openai.during = () -> assertThat(lane.attempt(request(null, FIRST))).isInstanceOf(LaneOutcome.Later.class);
        openai.answers(answer());

        assertThat(lane.attempt(request(null, FIRST))).isInstanceOf(LaneOutcome.Answered.class);
        assertThat(openai.seen).hasSize(1);
    }

    @Test
    void sendsNothingForAJobThatIsTakenAwayBeforeItsRequest() throws InterruptedException {
        window.instead = new CallWindow.Seen.TakenAway<>(false, ErrorCode.JOB_CANCELLED);

        assertThat(lane.attempt(request(null, FIRST, SECOND))).isInstanceOf(LaneOutcome.Lost.class);
        assertThat(openai.seen).isEmpty();
        assertThat(anthropic.seen).isEmpty();
        assertThat(calls.events()).containsExactly("begin gpt-4o-mini", "not billed job_cancelled");
    }

    @Test
    void leavesTheCallOfACancelledJobUnconfirmedAndGivesItsPermitBack() throws InterruptedException {
        pace.permits = 1;
        window.instead = new CallWindow.Seen.TakenAway<>(true, ErrorCode.JOB_CANCELLED);

        assertThat(lane.attempt(request(null, FIRST, SECOND))).isInstanceOf(LaneOutcome.Lost.class);
        assertThat(calls.events()).containsExactly("begin gpt-4o-mini", "unconfirmed job_cancelled");

        window.instead = null;
        openai.answers(answer());
        assertThat(lane.attempt(request(null, FIRST))).isInstanceOf(LaneOutcome.Answered.class);
    }

    @Test
    void sendsNothingFromAWorkerThatMayBeHeldForDead() throws InterruptedException {
        window.instead = new CallWindow.Seen.MayNotStart<>();

        assertThat(lane.attempt(request(null, FIRST, SECOND))).isInstanceOf(LaneOutcome.NotStarted.class);
        assertThat(openai.seen).isEmpty();
        assertThat(anthropic.seen).isEmpty();
        assertThat(calls.events()).containsExactly("begin gpt-4o-mini", "not billed worker_lost");
    }

    @Test
    void asksForTheFlexTierWithTheTimeThatItTakesAndOnlyTheBestModel() throws InterruptedException {
        openai.answers(failure(new ProviderError.Unavailable("connection refused")));

        assertThat(lane.attempt(request(null, FIRST, SECOND).onFlex(Duration.ofHours(1))))
                .isInstanceOf(LaneOutcome.TryAgain.class);

        assertThat(anthropic.seen).isEmpty();
        assertThat(openai.seen).singleElement().satisfies(sent -> {
            assertThat(sent.serviceTier()).isEqualTo(ServiceTier.FLEX);
            assertThat(sent.timeout()).isEqualTo(Duration.ofMinutes(15));
        });
    }

    @Test
    void waitsWhereTheProviderHasNothingToSpareAndTellsNobodyToSlowDown() throws InterruptedException {
        openai.answers(failure(noCapacity()));

        assertThat(lane.attempt(request(null, FIRST).onFlex(Duration.ofHours(1))))
                .isInstanceOfSatisfying(
                        LaneOutcome.Later.class,
                        later -> assertThat(later.after()).contains(Duration.ofSeconds(30)));
        assertThat(pace.slowed).isEmpty();
        assertThat(calls.events()).containsExactly("begin gpt-4o-mini", "not billed provider_rate_limited");
    }

    @Test
    void paysTheListPriceWhereTheDeadlineDoesNotWaitForTheFlexTier() throws InterruptedException {
        openai.answers(failure(noCapacity()));
        openai.answers(answer());

        assertThat(lane.attempt(request(null, FIRST).onFlex(Duration.ofSeconds(29))))
                .isInstanceOfSatisfying(
                        LaneOutcome.Answered.class,
                        answered -> assertThat(answered.route().reasons())
                                .extracting(LaneReason::code)
                                .containsExactly("no_flex_capacity"));
        assertThat(openai.seen)
                .extracting(CompletionRequest::serviceTier)
                .containsExactly(ServiceTier.FLEX, ServiceTier.DEFAULT);
    }

    private static ProviderError noCapacity() {
        return new ProviderError.RateLimited(
                Optional.empty(), ProviderError.RateLimited.NO_FLEX_CAPACITY, "Resource Unavailable");
    }

    private static ProviderAnswer answer() {
        return new ProviderAnswer.Answered(
                new Completion("Hi", Completion.FinishReason.STOP, Usage.of(3, 1), "model", "req_1"));
    }

    private static ProviderAnswer failure(ProviderError error) {
        return new ProviderAnswer.Failed(error);
    }

    /// Gives the answers it was told, one after the other.
    private static final class ScriptedProvider implements Provider {

        /// Something that happens while a call is in flight.
        interface During {
            void happen() throws InterruptedException;
        }

        private final String name;
        private final Deque<ProviderAnswer> script = new ArrayDeque<>();
        private final List<CompletionRequest> seen = new ArrayList<>();
        private boolean interrupts;
        private During during = () -> {};

        ScriptedProvider(String name) {
            this.name = name;
        }

        void answers(ProviderAnswer answer) {
            script.add(answer);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public ProviderAnswer complete(CompletionRequest request) throws InterruptedException {
            seen.add(request);
            if (interrupts) {
                throw new InterruptedException();
            }
            during.happen();
            return script.remove();
        }
    }

    /// Lets every request through, or says instead what it was told.
    private static final class ScriptedWindow implements CallWindow {

        private @Nullable Seen<ProviderAnswer> instead;

        @Override
        @SuppressWarnings("unchecked") // the lane asks for answers of providers and nothing else
        public <T> Seen<T> open(ClaimedJob job, Request<T> request) throws InterruptedException {
            return instead == null ? new Seen.Ended<>(request.make()) : (Seen<T>) instead;
        }
    }

    /// Remembers the complaints; gives every worker the same permits.
    private static final class RecordingPace implements PaceStore {

        private final List<String> slowed = new ArrayList<>();
        private int permits = 4;

        @Override
        public Pace read(ProviderAccount account, int most) {
            return new Pace(permits, Duration.ZERO, 1);
        }

        @Override
        public void slowDown(ProviderAccount account, Duration pause, int most) {
            slowed.add(account.provider() + " " + pause);
        }

        @Override
        public void speedUp(ProviderAccount account, int most) {}
    }

    /// Whatever is asked costs one cent.
    private static final class OneCent implements Charges {

        private static final Charge CENT =
                new Charge(Usd.of("0.01"), Usd.of("0.01"), "price", List.of(new CostLine("list", Usd.of("0.01"))));

        @Override
        public Charge direct(
                ProviderAccount account, String asked, String answered, Usage usage, ServiceTier servedAs) {
            return CENT;
        }

        @Override
        public Charge batch(ProviderAccount account, String asked, String answered, Usage usage) {
            return CENT;
        }

        @Override
        public Charge atMostInBatch(ProviderAccount account, String model, Usage most) {
            return CENT;
        }

        @Override
        public Charge atMost(ProviderAccount account, String model, Usage most) {
            return CENT;
        }
    }
}
