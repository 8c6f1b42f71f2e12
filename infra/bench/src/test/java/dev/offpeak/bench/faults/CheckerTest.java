package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.bench.faults.Evidence.Arrival;
import dev.offpeak.bench.faults.Evidence.Call;
import dev.offpeak.bench.faults.Evidence.Cause;
import dev.offpeak.bench.faults.Evidence.End;
import dev.offpeak.bench.faults.Evidence.Entry;
import dev.offpeak.bench.faults.Evidence.Execution;
import dev.offpeak.bench.faults.Evidence.Fault;
import dev.offpeak.bench.faults.Evidence.Job;
import dev.offpeak.bench.faults.Evidence.Message;
import dev.offpeak.bench.faults.Evidence.Outcome;
import dev.offpeak.bench.faults.Evidence.Submission;
import dev.offpeak.bench.faults.Evidence.Tokens;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Each rule is broken once, in evidence that is otherwise sound: a checker that cannot fail proves nothing.
class CheckerTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Tokens TOKENS = new Tokens(10, 0, 0, 0, 5);
    private static final Tokens OTHER_TOKENS = new Tokens(10, 0, 0, 0, 6);
    private static final String ANSWER = "It is about this.";
    private static final BigDecimal USD = new BigDecimal("0.001");

    private final List<Submission> submissions = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private final List<End> ends = new ArrayList<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<Job> jobs = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Message> messages = new ArrayList<>();
    private final List<Execution> executions = new ArrayList<>();
    private final List<BatchEvidence.Line> lines = new ArrayList<>();

    CheckerTest() {
        submissions.add(asked("k1", true, Set.of("job_1"), false, false));
        jobs.add(job("job_1", "k1", "succeeded", true, 0, 1, NOW.plusSeconds(5)));
        calls.add(new Call("call_1", "job_1", "t0", 7, "confirmed", NOW.plusSeconds(1), NOW.plusSeconds(2)));
        entries.add(new Entry("call", "call_1", "job_1", "t0", "confirmed", "m", TOKENS, USD));
        executions.add(new Execution("call_1", "m", TOKENS, new BigDecimal("0.0010"), "answered"));
        messages.add(new Message("msg_1", "job_1", "t0", "job.succeeded", "abc", "delivered", true));
        arrivals.add(
                new Arrival(NOW.plusSeconds(6), "0", "msg_1", "job_1", "job.succeeded", "succeeded", "abc", true, 204));
    }

    @Test
    void findsNothingWhereAllIsWell() {
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsAnAcknowledgedJobThatIsNotThere() {
        submissions.add(asked("k2", false, Set.of("job_2"), false, false));

        finds(Violation.Word.LOST, "an acknowledged job is in the database");
    }

    @Test
    void findsAKeyThatAnsweredWithTwoJobs() {
        submissions.set(0, asked("k1", true, Set.of("job_1", "job_1b"), false, false));
        jobs.add(job("job_1b", "k1", "succeeded", false, 0, 1, NOW));

        finds(Violation.Word.DUPLICATED, "a key answers with one job", "a key makes one job");
    }

    @Test
    void findsASecondJobOfOneKeyThatNobodyWasToldOf() {
        jobs.add(job("job_1b", "k1", "succeeded", false, 0, 1, NOW));

        finds(Violation.Word.DUPLICATED, "a key makes one job");
    }

    @Test
    void findsAJobThatNobodyAskedFor() {
        jobs.add(job("job_2", "k2", "succeeded", false, 0, 1, NOW));

        finds(Violation.Word.UNEXPECTED, "a job was asked for");
    }

    @Test
    void findsAJobOfARefusedSubmission() {
        submissions.add(asked("k2", false, Set.of(), true, false));
        jobs.add(job("job_2", "k2", "succeeded", false, 0, 1, NOW));

        finds(Violation.Word.UNEXPECTED, "a refused submission leaves no job");
    }

    @Test
    void findsAJobThatNeverEnds() {
        submissions.add(asked("k2", false, Set.of("job_2"), false, false));
        jobs.add(job("job_2", "k2", "running", false, 0, 0, null));

        finds(Violation.Word.LOST, "a job ends");
    }

    @Test
    void findsAMissingAndASecondOutcome() {
        jobs.set(0, job("job_1", "k1", "succeeded", true, 0, 0, NOW));
        finds(Violation.Word.LOST, "a job that succeeded has its outcome");

        jobs.set(0, job("job_1", "k1", "succeeded", true, 0, 2, NOW));
        finds(Violation.Word.DUPLICATED, "a job has one outcome");
    }

    @Test
    void findsAnAcknowledgedCancelThatDidNotStay() {
        submissions.set(0, asked("k1", true, Set.of("job_1"), false, true));

        finds(Violation.Word.LOST, "a cancel that was acknowledged stays");
    }

    @Test
    void findsAnExecutionWithoutACallRow() {
        executions.add(new Execution("call_2", "m", TOKENS, USD, "answered"));

        finds(Violation.Word.LOST, "what a provider ran has its call row");
    }

    @Test
    void findsAnExecutionWithoutALedgerRow() {
        entries.clear();

        finds(
                Violation.Word.LOST,
                "what a provider ran has its ledger row",
                "a call that may be billed has its ledger row");
    }

    @Test
    void findsACallThatWasMadeTwice() {
        executions.add(executions.getFirst());

        finds(Violation.Word.DUPLICATED, "a call is made once");
    }

    @Test
    void findsACallWithTwoLedgerRows() {
        entries.add(entries.getFirst());

        finds(Violation.Word.DUPLICATED, "a call has one ledger row");
    }

    @Test
    void findsAConfirmedRowThatNobodyRan() {
        executions.clear();

        finds(Violation.Word.UNEXPECTED, "what is billed as confirmed was run");
    }

    @Test
    void letsAnUnconfirmedRowHaveOneExecutionOrNone() {
        end("failed", "provider_timeout");
        executions.set(0, new Execution("call_1", "m", TOKENS, USD, "hung"));
        changeCall(call -> new Call("call_1", "job_1", "t0", 7, "unconfirmed", call.begunAt(), call.endedAt()));
        entries.set(0, new Entry("call", "call_1", "job_1", "t0", "unconfirmed", "m", OTHER_TOKENS, USD));
        assertThat(verdict().violations()).isEmpty();

        executions.clear();
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsACallAndALedgerRowThatDiffer() {
        entries.set(0, new Entry("call", "call_1", "job_1", "t0", "unconfirmed", "m", TOKENS, USD));

        finds(Violation.Word.UNEXPECTED, "call and ledger row say the same");
    }

    @Test
    void findsAnExecutionOfACallThatIsNotBilled() {
        changeCall(call -> new Call("call_1", "job_1", "t0", 7, "not_billed", call.begunAt(), call.endedAt()));
        entries.clear();

        finds(
                Violation.Word.LOST,
                "what a provider ran is not left out of the bill",
                "what a provider ran has its ledger row");
    }

    @Test
    void findsALedgerRowOfACallThatIsNotBilled() {
        changeCall(call -> new Call("call_1", "job_1", "t0", 7, "not_billed", call.begunAt(), call.endedAt()));
        executions.clear();
        entries.set(0, new Entry("call", "call_1", "job_1", "t0", "unconfirmed", "m", TOKENS, USD));

        finds(Violation.Word.UNEXPECTED, "a call that is not billed has no ledger row but a corrected one");
    }

    @Test
    void letsACorrectionTakeBackARowExactly() {
        end("failed", "provider_unavailable");
        changeCall(call -> new Call("call_1", "job_1", "t0", 7, "not_billed", call.begunAt(), call.endedAt()));
        executions.clear();
        entries.set(0, new Entry("call", "call_1", "job_1", "t0", "unconfirmed", "m", TOKENS, USD));
        entries.add(correction(USD.negate()));
        assertThat(verdict().violations()).isEmpty();

        entries.set(1, correction(USD));
        finds(Violation.Word.UNEXPECTED, "a correction takes back one row, exactly");

        entries.set(1, correction(USD.negate()));
        entries.add(correction(USD.negate()));
        finds(Violation.Word.UNEXPECTED, "a correction takes back one row, exactly");
    }

    @Test
    void findsAnExecutionAndACorrectionOfItsCall() {
        changeCall(call -> new Call("call_1", "job_1", "t0", 7, "not_billed", call.begunAt(), call.endedAt()));
        entries.set(0, new Entry("call", "call_1", "job_1", "t0", "unconfirmed", "m", TOKENS, USD));
        entries.add(correction(USD.negate()));

        finds(Violation.Word.LOST, "what a provider ran is not left out of the bill");
    }

    @Test
    void findsACorrectionOfWhatMayBeBilled() {
        entries.add(correction(USD.negate()));

        finds(Violation.Word.UNEXPECTED, "only what is not billed is corrected");
    }

    @Test
    void findsACallThatNeverEnds() {
        changeCall(call -> new Call("call_1", "job_1", "t0", 7, "in_flight", call.begunAt(), null));

        finds(Violation.Word.LOST, "a call comes to an end");
    }

    @Test
    void findsALedgerRowWithoutACall() {
        entries.add(new Entry("call", "call_9", "job_1", "t0", "unconfirmed", "m", TOKENS, USD));

        finds(Violation.Word.UNEXPECTED, "a ledger row belongs to a call");
    }

    @Test
    void findsALedgerRowOfAnotherJob() {
        entries.set(0, new Entry("call", "call_1", "job_9", "t0", "confirmed", "m", TOKENS, USD));

        finds(Violation.Word.UNEXPECTED, "a ledger row names its call's job");
    }

    @Test
    void findsACallOfNoJob() {
        calls.add(new Call("call_2", "job_9", "t0", 7, "not_billed", NOW, NOW));

        finds(Violation.Word.UNEXPECTED, "a call belongs to a job");
    }

    @Test
    void findsOtherTokensModelsAndPricesThanTheProviders() {
        entries.set(0, new Entry("call", "call_1", "job_1", "t0", "confirmed", "m", OTHER_TOKENS, USD));
        finds(Violation.Word.UNEXPECTED, "a confirmed row has the provider's tokens");

        entries.set(0, new Entry("call", "call_1", "job_1", "t0", "confirmed", "n", TOKENS, USD));
        finds(Violation.Word.UNEXPECTED, "a confirmed row has the provider's model");

        entries.set(0, new Entry("call", "call_1", "job_1", "t0", "confirmed", "m", TOKENS, new BigDecimal("0.002")));
        finds(Violation.Word.UNEXPECTED, "a confirmed row has the provider's price");
    }

    @Test
    void findsAnEndThatNobodyWasToldOf() {
        messages.clear();
        arrivals.clear();

        finds(Violation.Word.LOST, "an end has its message");
    }

    @Test
    void findsASecondMessageOfOneEnd() {
        messages.add(new Message("msg_2", "job_1", "t0", "job.succeeded", "abc", "delivered", true));
        arrivals.add(
                new Arrival(NOW.plusSeconds(6), "0", "msg_2", "job_1", "job.succeeded", "succeeded", "abc", true, 204));

        finds(Violation.Word.DUPLICATED, "an end has one message");
    }

    @Test
    void letsSettledCostBeToldOnce() {
        messages.add(new Message("msg_2", "job_1", "t0", "job.cost_settled", "def", "delivered", true));
        arrivals.add(new Arrival(
                NOW.plusSeconds(6), "0", "msg_2", "job_1", "job.cost_settled", "succeeded", "def", true, 204));
        assertThat(verdict().violations()).isEmpty();

        messages.add(new Message("msg_3", "job_1", "t0", "job.cost_settled", "def", "delivered", true));
        arrivals.add(new Arrival(
                NOW.plusSeconds(6), "0", "msg_3", "job_1", "job.cost_settled", "succeeded", "def", true, 204));
        finds(Violation.Word.DUPLICATED, "that its cost is settled is told once");
    }

    @Test
    void findsAMessageThatWasNeverTaken() {
        arrivals.set(
                0,
                new Arrival(NOW.plusSeconds(6), "0", "msg_1", "job_1", "job.succeeded", "succeeded", "abc", true, 500));

        finds(Violation.Word.LOST, "a message is delivered");
    }

    @Test
    void letsAMessageArriveTwiceWithTheSameBytesOnly() {
        arrivals.add(arrivals.getFirst());
        assertThat(verdict().violations()).isEmpty();

        arrivals.add(
                new Arrival(NOW.plusSeconds(6), "0", "msg_1", "job_1", "job.succeeded", "succeeded", "xyz", true, 204));
        finds(Violation.Word.UNEXPECTED, "every try sends the same bytes");
    }

    @Test
    void findsAMessageThatSaysAnotherStatus() {
        messages.set(0, new Message("msg_1", "job_1", "t0", "job.failed", "abc", "delivered", true));
        finds(Violation.Word.UNEXPECTED, "a message says what the database says");

        messages.set(0, new Message("msg_1", "job_1", "t0", "job.succeeded", "abc", "delivered", true));
        arrivals.set(
                0, new Arrival(NOW.plusSeconds(6), "0", "msg_1", "job_1", "job.succeeded", "failed", "abc", true, 204));
        finds(Violation.Word.UNEXPECTED, "a message says what the database says");
    }

    @Test
    void findsADeliveryThatIsNoMessageIsNotSignedOrTellsOfNoJob() {
        arrivals.add(
                new Arrival(NOW.plusSeconds(6), "0", "msg_9", "job_1", "job.succeeded", "succeeded", "abc", true, 204));
        finds(Violation.Word.UNEXPECTED, "what is delivered is a message");

        arrivals.set(
                1,
                new Arrival(
                        NOW.plusSeconds(6), "0", "msg_1", "job_1", "job.succeeded", "succeeded", "abc", false, 204));
        finds(Violation.Word.UNEXPECTED, "a delivery is signed");

        arrivals.set(
                1,
                new Arrival(NOW.plusSeconds(6), "0", "msg_9", "job_9", "job.succeeded", "succeeded", "abc", true, 204));
        finds(Violation.Word.UNEXPECTED, "a delivery tells of a job");
    }

    @Test
    void findsAMessageThatNobodyWanted() {
        submissions.add(asked("k2", false, Set.of("job_2"), false, false));
        jobs.add(job("job_2", "k2", "succeeded", false, 0, 1, NOW));
        messages.add(new Message("msg_2", "job_2", "t0", "job.succeeded", "abc", "delivered", true));

        finds(Violation.Word.UNEXPECTED, "only who asked is told");
    }

    @Test
    void findsAProcessThatEndedByItself() {
        ends.add(new End("worker-1", 7, 137, true, Cause.KILLED));
        ends.add(new End("worker-1", 8, 1, false, Cause.ITSELF)); // the database was away when it started
        assertThat(verdict().violations()).isEmpty();

        ends.add(new End("worker-1", 9, 1, true, Cause.ITSELF));
        finds(Violation.Word.UNEXPECTED, "no process ends by itself");
    }

    @Test
    void findsARepeatThatNoFaultExplains() {
        repeated("answered");

        finds(
                Violation.Word.DUPLICATED,
                "a job is called for again only after a fault",
                "repeats are at most the calls in flight at the faults and the answers the provider broke");
    }

    @Test
    void letsAJobRepeatItsCallAfterAFaultOfItsWorker() {
        repeated("answered");
        faults.add(new Fault("ended", NOW.plusMillis(500), NOW.plusMillis(500), 6L, true));
        assertThat(verdict().violations()).as("another worker's").isNotEmpty();

        faults.add(new Fault("ended", NOW.plusMillis(2500), NOW.plusMillis(2500), 5L, true));
        assertThat(verdict().violations()).as("after its end").isNotEmpty();

        faults.add(new Fault("ended", NOW.plusMillis(500), NOW.plusMillis(500), 5L, true));
        Checker.Verdict verdict = verdict();
        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.repeats()).isOne();
        assertThat(verdict.inFlightAtFaults()).isOne();
    }

    @Test
    void letsAJobRepeatItsCallAfterAFaultOfAll() {
        repeated("answered");
        faults.add(new Fault("postgres down", NOW.plusMillis(500), NOW.plusSeconds(60), null, true));

        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void letsAJobRepeatACallThatTheProviderBroke() {
        repeated("malformed");

        assertThat(verdict().violations()).isEmpty();
        assertThat(verdict().brokenAnswers()).isOne();
    }

    @Test
    void countsWhatRecovered() {
        submissions.add(firstAnswerLost("k2", "job_2"));
        jobs.add(job("job_2", "k2", "succeeded", false, 0, 1, NOW));
        answered("job_2");
        submissions.add(asked("k3", false, Set.of("job_3"), false, false));
        jobs.add(job("job_3", "k3", "succeeded", false, 1, 1, NOW));
        answered("job_3");

        assertThat(verdict().violations()).isEmpty();
        assertThat(verdict().recovered()).isEqualTo(2);
    }

    @Test
    void findsAClientThatNobodyAnswered() {
        submissions.add(asked("k2", false, Set.of(), false, false));

        finds(Violation.Word.LOST, "every client is answered");
    }

    @Test
    void findsAGoodRequestThatWasRefused() {
        submissions.add(asked("k2", false, Set.of(), true, false));

        finds(Violation.Word.UNEXPECTED, "a good request is not refused");
    }

    @Test
    void findsAJobThatExpiredBeforeItsTime() {
        end("expired", "deadline_exceeded");
        finds(Violation.Word.UNEXPECTED, "a job expires only when its deadline has passed");

        submissions.set(0, hurried("k1", "job_1"));
        finds(Violation.Word.UNEXPECTED, "a job expires only when its deadline has passed");

        changeJob("expired", "deadline_exceeded", true, 0, NOW.plusSeconds(1));
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsAJobThatNobodyCancelled() {
        end("cancelled", "");
        finds(Violation.Word.UNEXPECTED, "a job is cancelled only by its client");

        submissions.set(0, asked("k1", true, Set.of("job_1"), false, true));
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsAFailureThatNothingExplains() {
        end("failed", "internal_error");
        finds(Violation.Word.UNEXPECTED, "a job fails only for a reason");

        end("failed", "worker_lost");
        finds(Violation.Word.UNEXPECTED, "a job fails only for a reason");

        end("failed", "provider_unavailable");
        finds(Violation.Word.UNEXPECTED, "a job fails only for a reason");

        calls.add(new Call("call_2", "job_1", "t0", 7, "not_billed", NOW, NOW));
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void letsAJobFailThatFiveWorkersDiedOver() {
        end("failed", "worker_lost");
        changeJob("failed", "worker_lost", true, 5, NOW.plusSeconds(900));

        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsAnAnswerToAnotherPrompt() {
        outcomes.set(0, new Outcome("job_1", false, "It is about another."));

        finds(Violation.Word.UNEXPECTED, "a job's answer is the one to its own prompt");
    }

    @Test
    void findsAResultOfAJobThatDidNotSucceed() {
        end("cancelled", "");
        outcomes.add(new Outcome("job_1", false, ANSWER));
        finds(Violation.Word.UNEXPECTED, "only a job that succeeded has a result");

        outcomes.set(0, new Outcome("job_1", true, ANSWER));
        finds(Violation.Word.UNEXPECTED, "only a job that expired has a late result");
    }

    @Test
    void findsASuccessThatNobodyConfirmed() {
        changeCall(call -> new Call("call_1", "job_1", "t0", 7, "unconfirmed", call.begunAt(), call.endedAt()));

        finds(Violation.Word.LOST, "a job that succeeded has a confirmed call, or a line that ended well");
    }

    @Test
    void findsALateAnswerThatWasNotKept() {
        end("expired", "deadline_exceeded");
        changeCall(call -> new Call("call_1", "job_1", "t0", 7, "confirmed", call.begunAt(), NOW.plusSeconds(6)));
        finds(Violation.Word.LOST, "an answer that came after the deadline is kept");

        outcomes.add(new Outcome("job_1", true, "It is about another."));
        finds(Violation.Word.UNEXPECTED, "a job's answer is the one to its own prompt");
    }

    @Test
    void findsAnAnswerThatWasLostWithoutAFault() {
        repeated("answered");
        finds(Violation.Word.LOST, "an answer is lost only to a fault");

        faults.add(new Fault("redis away", NOW, NOW.plusSeconds(9), null, false));
        finds(Violation.Word.LOST, "an answer is lost only to a fault");
    }

    @Test
    void countsNoCallAsUnderWayForLongerThanOneMayLast() {
        repeated("answered");
        calls.set(1, new Call("call_0", "job_1", "t0", 5, "unconfirmed", NOW, NOW.plusSeconds(60)));
        faults.add(new Fault("postgres down", NOW.plusSeconds(30), NOW.plusSeconds(40), null, true));

        finds(Violation.Word.DUPLICATED, "a job is called for again only after a fault");
    }

    @Test
    void findsAWebhookThatTheDatabaseForgot() {
        changeJob("succeeded", "", false, 0, NOW.plusSeconds(900));
        messages.clear();
        arrivals.clear();

        finds(Violation.Word.LOST, "a webhook that was asked for is kept", "an end has its message");
    }

    @Test
    void findsAWebhookThatNobodyAskedFor() {
        submissions.set(0, asked("k1", false, Set.of("job_1"), false, false));

        finds(Violation.Word.UNEXPECTED, "a webhook is kept only where one was asked for", "only who asked is told");
    }

    @Test
    void findsJobsInTheWrongTenant() {
        submissions.add(new Submission("k2", "1", false, false, ANSWER, Set.of("job_2"), false, false, false, false));
        jobs.add(job("job_2", "k2", "succeeded", false, 0, 1, NOW));
        finds(Violation.Word.UNEXPECTED, "a tenant's jobs come from one client");

        submissions.set(1, asked("k2", false, Set.of("job_2"), false, false));
        jobs.set(1, new Job("job_2", "k2", "t1", "succeeded", "", false, 0, NOW, NOW.plusSeconds(900), NOW));
        finds(Violation.Word.UNEXPECTED, "a client's jobs belong to one tenant");
    }

    @Test
    void findsWhatBelongsToAnotherTenantThanItsJob() {
        changeCall(call -> new Call("call_1", "job_1", "t1", 7, "confirmed", call.begunAt(), call.endedAt()));
        finds(Violation.Word.UNEXPECTED, "what comes of a job belongs to its tenant");

        arrivals.set(0, new Arrival(NOW, "1", "msg_1", "job_1", "job.succeeded", "succeeded", "abc", true, 204));
        finds(Violation.Word.UNEXPECTED, "a delivery goes to who asked for it");
    }

    @Test
    void findsADeliveryThatIsNotRecorded() {
        messages.set(0, new Message("msg_1", "job_1", "t0", "job.succeeded", "abc", "pending", true));

        finds(Violation.Word.LOST, "a message is delivered");
    }

    @Test
    void findsADeliveryOfAnotherType() {
        arrivals.set(0, new Arrival(NOW, "0", "msg_1", "job_1", "job.failed", "succeeded", "abc", true, 204));

        finds(Violation.Word.UNEXPECTED, "a message says what the database says");
    }

    @Test
    void findsAMessageThatComesAgainThoughItWasTaken() {
        arrivals.add(again());
        finds(Violation.Word.DUPLICATED, "a message that was taken comes again only after a fault");

        faults.add(new Fault("ended", NOW.plusSeconds(90), NOW.plusSeconds(90), 7L, true));
        finds(Violation.Word.DUPLICATED, "a message that was taken comes again only after a fault");

        faults.add(new Fault("ended", NOW.plusSeconds(7), NOW.plusSeconds(7), 7L, true));
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsASettledCostThatNobodyTold() {
        messages.set(0, new Message("msg_1", "job_1", "t0", "job.succeeded", "abc", "delivered", false));
        finds(Violation.Word.LOST, "a cost that was open at the end is told when it is settled");

        messages.add(new Message("msg_2", "job_1", "t0", "job.cost_settled", "def", "delivered", false));
        finds(Violation.Word.UNEXPECTED, "a settled cost is final");
    }

    @Test
    void findsAProcessThatWasKilledByNobody() {
        ends.add(new End("worker-1", 7, 137, false, Cause.ITSELF));

        finds(Violation.Word.UNEXPECTED, "no process ends by itself");
    }

    @Test
    void takesALineThatEndedWellForACall() {
        calls.clear();
        entries.clear();
        executions.clear();
        finds(Violation.Word.LOST, "a job that succeeded has a confirmed call, or a line that ended well");

        lines.add(new BatchEvidence.Line("pb_1-1", "job_1", "ok"));
        assertThat(verdict().violations())
                .extracting(Violation::rule)
                .doesNotContain("a job that succeeded has a confirmed call, or a line that ended well");
    }

    @Test
    void letsAJobFailForWhatItsLineCameTo() {
        end("failed", "provider_unavailable");
        calls.clear();
        entries.clear();
        executions.clear();
        finds(Violation.Word.UNEXPECTED, "a job fails only for a reason");

        lines.add(new BatchEvidence.Line("pb_1-1", "job_1", "error"));
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsALineThatMadeTwoJobs() {
        submissions.set(0, line("k1"));
        jobs.set(0, job("job_1", "k1", "succeeded", false, 0, 1, NOW));
        messages.clear();
        arrivals.clear();
        assertThat(verdict().violations()).isEmpty();

        jobs.add(job("job_1b", "k1", "succeeded", false, 0, 1, NOW));
        answered("job_1b");
        finds(Violation.Word.DUPLICATED, "a line makes one job");
    }

    @Test
    void findsALineWithAnotherLinesAnswer() {
        submissions.set(0, line("k1"));
        jobs.set(0, job("job_1", "k1", "succeeded", false, 0, 1, NOW));
        outcomes.set(0, new Outcome("job_1", false, "It is about that."));

        finds(Violation.Word.UNEXPECTED, "a job's answer is the one to its own prompt");
    }

    @Test
    void findsALineWhoseEndWasToBeToldAndWasNot() {
        submissions.set(0, line("k1", true));
        assertThat(verdict().violations()).isEmpty();

        messages.clear();
        finds(Violation.Word.LOST, "an end has its message");

        jobs.set(0, job("job_1", "k1", "succeeded", false, 0, 1, NOW));
        finds(Violation.Word.LOST, "a webhook that was asked for is kept");
    }

    @Test
    void findsALateAnswerOfALineThatWasThrownAway() {
        submissions.set(0, hurried("k1", "job_1"));
        end("expired", "");
        changeJob("expired", "", true, 0, NOW.plusSeconds(1));
        calls.clear();
        entries.clear();
        executions.clear();
        lines.add(new BatchEvidence.Line("pb_1-1", "job_1", "ok"));

        finds(Violation.Word.LOST, "an answer that came after the deadline is kept");
    }

    private static Submission line(String key) {
        return line(key, false);
    }

    private static Submission line(String key, boolean webhook) {
        return new Submission(key, "0", webhook, false, ANSWER, Set.of(), false, false, false, false, true, "u1");
    }

    /// The job that is there ends so, without a result, and says so.
    private void end(String status, String errorCode) {
        outcomes.clear();
        changeJob(status, errorCode, true, 0, NOW.plusSeconds(900));
        messages.set(0, new Message("msg_1", "job_1", "t0", "job." + status, "abc", "delivered", true));
        arrivals.set(0, new Arrival(NOW, "0", "msg_1", "job_1", "job." + status, status, "abc", true, 204));
    }

    private void changeJob(String status, String errorCode, boolean webhook, int takenBack, Instant deadline) {
        jobs.set(
                0,
                new Job("job_1", "k1", "t0", status, errorCode, webhook, takenBack, NOW, deadline, NOW.plusSeconds(5)));
    }

    private static Arrival again() {
        return new Arrival(NOW.plusSeconds(11), "0", "msg_1", "job_1", "job.succeeded", "succeeded", "abc", true, 204);
    }

    private static Submission asked(String key, boolean webhook, Set<String> ids, boolean refused, boolean cancelled) {
        return new Submission(key, "0", webhook, false, ANSWER, ids, refused, false, cancelled, cancelled);
    }

    private static Submission hurried(String key, String id) {
        return new Submission(key, "0", true, true, ANSWER, Set.of(id), false, false, false, false);
    }

    private static Submission firstAnswerLost(String key, String id) {
        return new Submission(key, "0", false, false, ANSWER, Set.of(id), false, true, false, false);
    }

    /// With so many outcomes of its own, and no others.
    private Job job(
            String id,
            String key,
            String status,
            boolean webhook,
            int takenBack,
            int itsOutcomes,
            @Nullable Instant finishedAt) {
        outcomes.removeIf(outcome -> outcome.job().equals(id));
        for (int i = 0; i < itsOutcomes; i++) {
            outcomes.add(new Outcome(id, false, ANSWER));
        }
        return new Job(id, key, "t0", status, "", webhook, takenBack, NOW, NOW.plusSeconds(900), finishedAt);
    }

    /// By a call that all witnesses know.
    private void answered(String job) {
        String call = "call_of_" + job;
        calls.add(new Call(call, job, "t0", 7, "confirmed", NOW, NOW));
        entries.add(new Entry("call", call, job, "t0", "confirmed", "m", TOKENS, USD));
        executions.add(new Execution(call, "m", TOKENS, USD, "answered"));
    }

    /// The job's first call, by process 5, was run as well.
    private void repeated(String outcome) {
        calls.add(new Call("call_0", "job_1", "t0", 5, "unconfirmed", NOW, NOW.plusSeconds(1)));
        entries.add(new Entry("call", "call_0", "job_1", "t0", "unconfirmed", "m", TOKENS, USD));
        executions.add(new Execution("call_0", "m", TOKENS, USD, outcome));
    }

    private static Entry correction(BigDecimal usd) {
        return new Entry("correction", "call_1", "job_1", "t0", "confirmed", "m", new Tokens(-10, 0, 0, 0, -5), usd);
    }

    private void changeCall(UnaryOperator<Call> change) {
        calls.set(0, change.apply(calls.getFirst()));
    }

    private void finds(Violation.Word word, String... rules) {
        List<Violation> found = verdict().violations();
        assertThat(found).extracting(Violation::rule).contains(rules);
        assertThat(found).filteredOn(each -> each.rule().equals(rules[0])).allMatch(each -> each.word() == word);
    }

    private Checker.Verdict verdict() {
        return Checker.check(new Evidence(
                submissions,
                faults,
                ends,
                arrivals,
                jobs,
                outcomes,
                calls,
                entries,
                messages,
                executions,
                new BatchEvidence(
                        List.of(), List.of(), List.of(), lines, List.of(), List.of(), List.of(), List.of(), Set.of(),
                        List.of(), List.of())));
    }
}
