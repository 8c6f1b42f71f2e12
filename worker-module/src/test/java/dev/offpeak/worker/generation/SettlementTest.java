package dev.offpeak.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.jobs.JobResult;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.jobs.WaitReason;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.worker.lanes.AnswerCheck;
import dev.offpeak.worker.lanes.LaneOutcome;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.support.TransactionOperations;

@ExtendWith(OutputCaptureExtension.class)
class SettlementTest {

    private static final String ANSWER = "forty-two";
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Route ROUTE = new Route(Lane.DIRECT, "openai", "gpt-4o-mini");

    private final IdGenerator ids = new TimeOrderedIds(() -> NOW);
    private final List<String> written = new ArrayList<>();
    private final Deque<RuntimeException> faults = new ArrayDeque<>();
    private final List<Duration> slept = new ArrayList<>();
    private boolean ended;
    private boolean stopping;
    private boolean lineUnderWay;
    private final Settlement settlement = new Settlement(
            new Attempts(),
            new Calls(),
            TransactionOperations.withoutTransaction(),
            new AnswerCheck(),
            new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), new Random(3)),
            new GenerationSettings(
                    3,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(60),
                    Duration.ofMillis(500),
                    Duration.ofMinutes(10),
                    Duration.ofMillis(250)),
            new GenerationMeters(new SimpleMeterRegistry(), Clock.fixed(NOW, ZoneOffset.UTC)),
            this::sleep);

    @Test
    void offersAPaidAnswerAgainWhileTheDatabaseIsAway() throws InterruptedException {
        faults.add(new CannotCreateTransactionException("no connection"));
        faults.add(new DataAccessResourceFailureException("terminating connection due to administrator command"));

        settlement.settle(job(1), answered());

        assertThat(written).containsExactly("confirm", "finish succeeded");
        assertThat(slept).hasSize(2).isSorted();
    }

    @Test
    void leavesAJobWhoseRescueFailsToItsLine() throws InterruptedException {
        lineUnderWay = true;

        settlement.settle(job(1), new LaneOutcome.GaveUp(ErrorCode.PROVIDER_REJECTED, "http 400", ROUTE));
        settlement.settle(job(3), new LaneOutcome.TryAgain(ErrorCode.PROVIDER_UNAVAILABLE, "http 500", ROUTE));

        assertThat(written).containsExactly("left to its line", "left to its line");
    }

    @Test
    void endsAJobByItsRescueWhateverItsLineDoes() throws InterruptedException {
        lineUnderWay = true;

        settlement.settle(job(1), answered());

        assertThat(written).containsExactly("confirm", "finish succeeded");
    }

    @Test
    void keepsAPaidAnswerThroughAnOutageOfMinutes() throws InterruptedException {
        awayFor(60);

        settlement.settle(job(1), answered());

        assertThat(written).containsExactly("confirm", "finish succeeded");
        assertThat(allSlept()).isGreaterThan(Duration.ofMinutes(4));
        assertThat(slept)
                .as("others may judge this worker after eight seconds")
                .allMatch(pause -> pause.compareTo(Duration.ofSeconds(5)) <= 0);
    }

    @Test
    void doesNotWaitForTheDatabaseForEver() {
        awayFor(500);

        assertThatThrownBy(() -> settlement.settle(job(1), answered())).isInstanceOf(DataAccessException.class);
        assertThat(allSlept()).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(11));
    }

    @Test
    void waitsAMinuteWithAnOutcomeThatCostNothing() {
        awayFor(500);

        assertThatThrownBy(() -> settlement.settle(
                        job(2), new LaneOutcome.TryAgain(ErrorCode.PROVIDER_UNAVAILABLE, "http 500", ROUTE)))
                .isInstanceOf(DataAccessException.class);
        assertThat(allSlept()).isBetween(Duration.ofSeconds(55), Duration.ofSeconds(90));
    }

    @Test
    void offersAPaidAnswerOnceMoreWhenTheWorkerStops() throws InterruptedException {
        awayFor(1);
        stopping = true;

        settlement.settle(job(1), answered());

        assertThat(written).containsExactly("confirm", "finish succeeded");
        assertThat(Thread.interrupted()).as("the stop is passed on").isTrue();
    }

    @Test
    void saysWhatAPaidAnswerCostThatAStopDuringAnOutageLoses(CapturedOutput output) {
        awayFor(2);
        stopping = true;
        var answered = answered();

        assertThatThrownBy(() -> settlement.settle(job(1), answered)).isInstanceOf(InterruptedException.class);

        assertThat(written).isEmpty();
        assertThat(output)
                .contains(
                        "A paid answer could not be written",
                        answered.call().id().toString(),
                        "outputTokens=\"1\"")
                .doesNotContain(ANSWER);
    }

    @Test
    void keepsAnAnswerThatComesAfterItsJobHasExpired() throws InterruptedException {
        ended = true;

        settlement.settle(job(1), answered());

        assertThat(written).containsExactly("confirm", "late " + ANSWER);
    }

    @Test
    void keepsNoLateAnswerThatWouldHaveBeenAFailure() throws InterruptedException {
        ended = true;

        settlement.settle(job(1), answered(Completion.FinishReason.LENGTH));

        assertThat(written).containsExactly("confirm", "late nothing");
    }

    private void awayFor(int tries) {
        for (int i = 0; i < tries; i++) {
            faults.add(new DataAccessResourceFailureException("away"));
        }
    }

    private void sleep(Duration pause) throws InterruptedException {
        if (stopping) {
            throw new InterruptedException();
        }
        slept.add(pause);
    }

    private Duration allSlept() {
        return slept.stream().reduce(Duration.ZERO, Duration::plus);
    }

    @Test
    void paysOnceForAnAnswerThatCannotBeStored() throws InterruptedException {
        faults.add(new DataIntegrityViolationException("invalid byte sequence"));

        settlement.settle(job(1), answered());

        assertThat(written).containsExactly("confirm", "finish internal_error");
    }

    @Test
    void retriesUntilTheLastAttemptAndThenFailsWithTheReason() throws InterruptedException {
        var again = new LaneOutcome.TryAgain(ErrorCode.PROVIDER_UNAVAILABLE, "http 500", ROUTE);

        settlement.settle(job(2), again);
        settlement.settle(job(3), again);

        assertThat(written).containsExactly("put back BACKOFF counted", "finish provider_unavailable");
    }

    @Test
    void countsNoAttemptForASnooze() throws InterruptedException {
        settlement.settle(
                job(3),
                new LaneOutcome.Later(
                        Optional.of(Duration.ofSeconds(2)), WaitReason.RATE_LIMITED, ErrorCode.PROVIDER_RATE_LIMITED));

        assertThat(written).containsExactly("put back RATE_LIMITED uncounted");
    }

    @Test
    void writesNothingForAJobThatTheClaimHasLost() throws InterruptedException {
        settlement.settle(job(1), new LaneOutcome.Lost());

        assertThat(written).isEmpty();
    }

    @Test
    void givesAJobBackUncountedWhereNoCallMayStart() throws InterruptedException {
        settlement.settle(job(3), new LaneOutcome.NotStarted());

        assertThat(written).containsExactly("put back BACKOFF uncounted");
    }

    private void faultOrGoOn() {
        RuntimeException fault = faults.poll();
        if (fault != null) {
            throw fault;
        }
    }

    private LaneOutcome.Answered answered() {
        return answered(Completion.FinishReason.STOP);
    }

    private LaneOutcome.Answered answered(Completion.FinishReason finish) {
        var job = job(1);
        var call = new Call(
                new CallId(ids.next()),
                job.id(),
                NOW,
                job.tenant(),
                1,
                job.worker(),
                new ProviderAccount("openai", "default", false),
                "gpt-4o-mini",
                "classify",
                null,
                null,
                Usage.of(1, 1),
                Charge.UNPRICED);
        return new LaneOutcome.Answered(
                new Completion(ANSWER, finish, Usage.of(1, 1), "gpt-4o-mini", null), call, Charge.UNPRICED, ROUTE);
    }

    private ClaimedJob job(int attempt) {
        return new ClaimedJob(
                new JobId(ids.next()),
                NOW,
                new TenantId(ids.next()),
                1,
                new WorkerId(ids.next()),
                attempt,
                false,
                "classify",
                1,
                Tier.FAST,
                null,
                null,
                null,
                Duration.ZERO,
                Duration.ofMinutes(10),
                false,
                false,
                new GenerationRequest(
                        List.of(new ChatMessage(ChatMessage.Role.USER, "7 x 6")),
                        null,
                        List.of(),
                        "auto",
                        "default",
                        null,
                        null,
                        null,
                        null,
                        new ResponseFormat.Text()));
    }

    /// Holds every job for ever; fails as it is told.
    private final class Attempts implements AttemptStore {

        @Override
        public boolean explain(ClaimedJob attempt, List<LaneReason> reasons) {
            return true;
        }

        @Override
        public Optional<ClaimedJob> claim(JobId job, WorkerId worker) {
            return Optional.empty();
        }

        @Override
        public Optional<ClaimedJob> unheardClaim(JobId job, WorkerId worker) {
            return Optional.empty();
        }

        @Override
        public boolean finish(ClaimedJob attempt, JobEnd end, Route route) {
            String how = switch (end) {
                case JobEnd.Succeeded _ -> "succeeded";
                case JobEnd.Failed failed -> failed.code().wire();
            };
            if (ended) {
                return false;
            }
            return written.add("finish " + how);
        }

        @Override
        public boolean answeredLate(ClaimedJob attempt, @Nullable JobResult result, Route route) {
            return written.add("late " + (result == null ? "nothing" : result.text()));
        }

        @Override
        public boolean putBack(ClaimedJob attempt, Duration delay, WaitReason why, boolean countsAsAttempt) {
            faultOrGoOn();
            return written.add("put back " + why + (countsAsAttempt ? " counted" : " uncounted"));
        }

        @Override
        public boolean leaveToItsLine(ClaimedJob attempt) {
            return lineUnderWay && written.add("left to its line");
        }

        @Override
        public int wakeDue(int limit) {
            return 0;
        }

        @Override
        public int wakeForgotten(Duration deadAfter, int limit) {
            return 0;
        }

        @Override
        public int wakeStranded(Duration deadAfter) {
            return 0;
        }

        @Override
        public int expireDue(int limit) {
            return 0;
        }

        @Override
        public TakenBack takeBack(Duration deadAfter, int limit) {
            return TakenBack.NOTHING;
        }

        @Override
        public TakenBack releaseUnheld(WorkerId worker, Supplier<? extends Collection<JobId>> held, int limit) {
            return TakenBack.NOTHING;
        }

        @Override
        public Map<JobId, ErrorCode> lostClaims(Collection<ClaimedJob> claims) {
            return Map.of();
        }
    }

    /// Confirms unless told to fail first.
    private final class Calls implements CallStore {

        @Override
        public boolean begin(Call call) {
            return true;
        }

        @Override
        public void confirm(Call call, Usage usage, Charge charge, @Nullable String requestId) {
            faultOrGoOn();
            written.add("confirm");
        }

        @Override
        public void leaveUnconfirmed(Call call, ErrorCode why) {}

        @Override
        public void notBilled(Call call, ErrorCode why) {}

        @Override
        public List<CallStore.Estimate> abandonEarlier(JobId job, long fence) {
            return List.of();
        }

        @Override
        public List<CallStore.Estimate> abandonOlderThan(Duration age) {
            return List.of();
        }

        @Override
        public List<CallStore.Estimate> abandonOfTheDead(Duration deadAfter) {
            return List.of();
        }
    }
}
