package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.bench.faults.Evidence.Arrival;
import dev.offpeak.bench.faults.Evidence.Call;
import dev.offpeak.bench.faults.Evidence.End;
import dev.offpeak.bench.faults.Evidence.Entry;
import dev.offpeak.bench.faults.Evidence.Execution;
import dev.offpeak.bench.faults.Evidence.Fault;
import dev.offpeak.bench.faults.Evidence.Job;
import dev.offpeak.bench.faults.Evidence.Message;
import dev.offpeak.bench.faults.Evidence.Submission;
import dev.offpeak.bench.faults.Evidence.Tokens;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Each rule is broken once, in evidence that is otherwise sound: a checker that cannot fail proves nothing.
class CheckerTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Tokens TOKENS = new Tokens(10, 0, 0, 0, 5);
    private static final Tokens OTHER_TOKENS = new Tokens(10, 0, 0, 0, 6);
    private static final BigDecimal USD = new BigDecimal("0.001");

    private final List<Submission> submissions = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private final List<End> ends = new ArrayList<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<Job> jobs = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Message> messages = new ArrayList<>();
    private final List<Execution> executions = new ArrayList<>();

    CheckerTest() {
        submissions.add(new Submission("k1", true, Set.of("job_1"), false, false));
        jobs.add(new Job("job_1", "k1", "succeeded", true, 0, 1, NOW, NOW.plusSeconds(5)));
        calls.add(new Call("call_1", "job_1", 7, "confirmed", NOW.plusSeconds(1), NOW.plusSeconds(2)));
        entries.add(new Entry("call", "call_1", "job_1", "confirmed", "m", TOKENS, USD));
        executions.add(new Execution("call_1", "m", TOKENS, new BigDecimal("0.0010"), "answered"));
        messages.add(new Message("msg_1", "job_1", "job.succeeded", "abc", "delivered"));
        arrivals.add(new Arrival("msg_1", "job_1", "job.succeeded", "succeeded", "abc", true, 204));
    }

    @Test
    void findsNothingWhereAllIsWell() {
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsAnAcknowledgedJobThatIsNotThere() {
        submissions.add(new Submission("k2", false, Set.of("job_2"), false, false));

        finds(Violation.Word.LOST, "an acknowledged job is in the database");
    }

    @Test
    void findsAKeyThatAnsweredWithTwoJobs() {
        submissions.set(0, new Submission("k1", true, Set.of("job_1", "job_1b"), false, false));
        jobs.add(new Job("job_1b", "k1", "succeeded", false, 0, 1, NOW, NOW));

        finds(Violation.Word.DUPLICATED, "a key answers with one job", "a key makes one job");
    }

    @Test
    void findsASecondJobOfOneKeyThatNobodyWasToldOf() {
        jobs.add(new Job("job_1b", "k1", "succeeded", false, 0, 1, NOW, NOW));

        finds(Violation.Word.DUPLICATED, "a key makes one job");
    }

    @Test
    void findsAJobThatNobodyAskedFor() {
        jobs.add(new Job("job_2", "k2", "succeeded", false, 0, 1, NOW, NOW));

        finds(Violation.Word.UNEXPECTED, "a job was asked for");
    }

    @Test
    void findsAJobOfARefusedSubmission() {
        submissions.add(new Submission("k2", false, Set.of(), true, false));
        jobs.add(new Job("job_2", "k2", "succeeded", false, 0, 1, NOW, NOW));

        finds(Violation.Word.UNEXPECTED, "a refused submission leaves no job");
    }

    @Test
    void findsAJobThatNeverEnds() {
        submissions.add(new Submission("k2", false, Set.of("job_2"), false, false));
        jobs.add(new Job("job_2", "k2", "running", false, 0, 0, NOW, null));

        finds(Violation.Word.LOST, "a job ends");
    }

    @Test
    void findsAMissingAndASecondOutcome() {
        jobs.set(0, new Job("job_1", "k1", "succeeded", true, 0, 0, NOW, NOW));
        finds(Violation.Word.LOST, "a job that succeeded has its outcome");

        jobs.set(0, new Job("job_1", "k1", "succeeded", true, 0, 2, NOW, NOW));
        finds(Violation.Word.DUPLICATED, "a job has one outcome");
    }

    @Test
    void findsAnAcknowledgedCancelThatDidNotStay() {
        submissions.set(0, new Submission("k1", true, Set.of("job_1"), false, true));

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
        changeCall(call -> new Call("call_1", "job_1", 7, "unconfirmed", call.begunAt(), call.endedAt()));
        entries.set(0, new Entry("call", "call_1", "job_1", "unconfirmed", "m", OTHER_TOKENS, USD));
        assertThat(verdict().violations()).isEmpty();

        executions.clear();
        assertThat(verdict().violations()).isEmpty();
    }

    @Test
    void findsACallAndALedgerRowThatDiffer() {
        entries.set(0, new Entry("call", "call_1", "job_1", "unconfirmed", "m", TOKENS, USD));

        finds(Violation.Word.UNEXPECTED, "call and ledger row say the same");
    }

    @Test
    void findsAnExecutionOfACallThatIsNotBilled() {
        changeCall(call -> new Call("call_1", "job_1", 7, "not_billed", call.begunAt(), call.endedAt()));
        entries.clear();

        finds(
                Violation.Word.LOST,
                "what a provider ran is not left out of the bill",
                "what a provider ran has its ledger row");
    }

    @Test
    void findsALedgerRowOfACallThatIsNotBilled() {
        changeCall(call -> new Call("call_1", "job_1", 7, "not_billed", call.begunAt(), call.endedAt()));
        executions.clear();
        entries.set(0, new Entry("call", "call_1", "job_1", "unconfirmed", "m", TOKENS, USD));

        finds(Violation.Word.UNEXPECTED, "a call that is not billed has no ledger row but a corrected one");
    }

    @Test
    void letsACorrectionTakeBackARowExactly() {
        changeCall(call -> new Call("call_1", "job_1", 7, "not_billed", call.begunAt(), call.endedAt()));
        executions.clear();
        entries.set(0, new Entry("call", "call_1", "job_1", "unconfirmed", "m", TOKENS, USD));
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
        changeCall(call -> new Call("call_1", "job_1", 7, "not_billed", call.begunAt(), call.endedAt()));
        entries.set(0, new Entry("call", "call_1", "job_1", "unconfirmed", "m", TOKENS, USD));
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
        changeCall(call -> new Call("call_1", "job_1", 7, "in_flight", call.begunAt(), null));

        finds(Violation.Word.LOST, "a call comes to an end");
    }

    @Test
    void findsALedgerRowWithoutACall() {
        entries.add(new Entry("call", "call_9", "job_1", "unconfirmed", "m", TOKENS, USD));

        finds(Violation.Word.UNEXPECTED, "a ledger row belongs to a call");
    }

    @Test
    void findsALedgerRowOfAnotherJob() {
        entries.set(0, new Entry("call", "call_1", "job_9", "confirmed", "m", TOKENS, USD));

        finds(Violation.Word.UNEXPECTED, "a ledger row names its call's job");
    }

    @Test
    void findsACallOfNoJob() {
        calls.add(new Call("call_2", "job_9", 7, "not_billed", NOW, NOW));

        finds(Violation.Word.UNEXPECTED, "a call belongs to a job");
    }

    @Test
    void findsOtherTokensModelsAndPricesThanTheProviders() {
        entries.set(0, new Entry("call", "call_1", "job_1", "confirmed", "m", OTHER_TOKENS, USD));
        finds(Violation.Word.UNEXPECTED, "a confirmed row has the provider's tokens");

        entries.set(0, new Entry("call", "call_1", "job_1", "confirmed", "n", TOKENS, USD));
        finds(Violation.Word.UNEXPECTED, "a confirmed row has the provider's model");

        entries.set(0, new Entry("call", "call_1", "job_1", "confirmed", "m", TOKENS, new BigDecimal("0.002")));
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
        messages.add(new Message("msg_2", "job_1", "job.succeeded", "abc", "delivered"));
        arrivals.add(new Arrival("msg_2", "job_1", "job.succeeded", "succeeded", "abc", true, 204));

        finds(Violation.Word.DUPLICATED, "an end has one message");
    }

    @Test
    void letsSettledCostBeToldOnce() {
        messages.add(new Message("msg_2", "job_1", "job.cost_settled", "def", "delivered"));
        arrivals.add(new Arrival("msg_2", "job_1", "job.cost_settled", "succeeded", "def", true, 204));
        assertThat(verdict().violations()).isEmpty();

        messages.add(new Message("msg_3", "job_1", "job.cost_settled", "def", "delivered"));
        arrivals.add(new Arrival("msg_3", "job_1", "job.cost_settled", "succeeded", "def", true, 204));
        finds(Violation.Word.DUPLICATED, "that its cost is settled is told once");
    }

    @Test
    void findsAMessageThatWasNeverTaken() {
        arrivals.set(0, new Arrival("msg_1", "job_1", "job.succeeded", "succeeded", "abc", true, 500));

        finds(Violation.Word.LOST, "a message is delivered");
    }

    @Test
    void letsAMessageArriveTwiceWithTheSameBytesOnly() {
        arrivals.add(arrivals.getFirst());
        assertThat(verdict().violations()).isEmpty();

        arrivals.add(new Arrival("msg_1", "job_1", "job.succeeded", "succeeded", "xyz", true, 204));
        finds(Violation.Word.UNEXPECTED, "every try sends the same bytes");
    }

    @Test
    void findsAMessageThatSaysAnotherStatus() {
        messages.set(0, new Message("msg_1", "job_1", "job.failed", "abc", "delivered"));
        finds(Violation.Word.UNEXPECTED, "a message says what the database says");

        messages.set(0, new Message("msg_1", "job_1", "job.succeeded", "abc", "delivered"));
        arrivals.set(0, new Arrival("msg_1", "job_1", "job.succeeded", "failed", "abc", true, 204));
        finds(Violation.Word.UNEXPECTED, "a message says what the database says");
    }

    @Test
    void findsADeliveryThatIsNoMessageIsNotSignedOrTellsOfNoJob() {
        arrivals.add(new Arrival("msg_9", "job_1", "job.succeeded", "succeeded", "abc", true, 204));
        finds(Violation.Word.UNEXPECTED, "what is delivered is a message");

        arrivals.set(1, new Arrival("msg_1", "job_1", "job.succeeded", "succeeded", "abc", false, 204));
        finds(Violation.Word.UNEXPECTED, "a delivery is signed");

        arrivals.set(1, new Arrival("msg_9", "job_9", "job.succeeded", "succeeded", "abc", true, 204));
        finds(Violation.Word.UNEXPECTED, "a delivery tells of a job");
    }

    @Test
    void findsAMessageThatNobodyWanted() {
        submissions.add(new Submission("k2", false, Set.of("job_2"), false, false));
        jobs.add(new Job("job_2", "k2", "succeeded", false, 0, 1, NOW, NOW));
        messages.add(new Message("msg_2", "job_2", "job.succeeded", "abc", "delivered"));

        finds(Violation.Word.UNEXPECTED, "only who asked is told");
    }

    @Test
    void findsAProcessThatEndedByItself() {
        ends.add(new End("worker-1", 7, 137, true));
        ends.add(new End("worker-1", 8, 1, false)); // the database was away when it started
        assertThat(verdict().violations()).isEmpty();

        ends.add(new End("worker-1", 9, 1, true));
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
        faults.add(new Fault("ended", NOW.plusMillis(500), NOW.plusMillis(500), 6L));
        assertThat(verdict().violations()).as("another worker's").isNotEmpty();

        faults.add(new Fault("ended", NOW.plusMillis(2500), NOW.plusMillis(2500), 5L));
        assertThat(verdict().violations()).as("after its end").isNotEmpty();

        faults.add(new Fault("ended", NOW.plusMillis(500), NOW.plusMillis(500), 5L));
        Checker.Verdict verdict = verdict();
        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.repeats()).isOne();
        assertThat(verdict.inFlightAtFaults()).isOne();
    }

    @Test
    void letsAJobRepeatItsCallAfterAFaultOfAll() {
        repeated("answered");
        faults.add(new Fault("postgres down", NOW.plusMillis(500), NOW.plusSeconds(60), null));

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
        submissions.add(new Submission("k2", false, Set.of(), false, false));
        jobs.add(new Job("job_2", "k2", "succeeded", false, 0, 1, NOW, NOW));
        submissions.add(new Submission("k3", false, Set.of("job_3"), false, false));
        jobs.add(new Job("job_3", "k3", "succeeded", false, 1, 1, NOW, NOW));

        assertThat(verdict().violations()).isEmpty();
        assertThat(verdict().recovered()).isEqualTo(2);
    }

    /// The job's first call, by process 5, was run as well.
    private void repeated(String outcome) {
        calls.add(new Call("call_0", "job_1", 5, "unconfirmed", NOW, NOW.plusSeconds(1)));
        entries.add(new Entry("call", "call_0", "job_1", "unconfirmed", "m", TOKENS, USD));
        executions.add(new Execution("call_0", "m", TOKENS, USD, outcome));
    }

    private static Entry correction(BigDecimal usd) {
        return new Entry("correction", "call_1", "job_1", "confirmed", "m", new Tokens(-10, 0, 0, 0, -5), usd);
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
        return Checker.check(
                new Evidence(submissions, faults, ends, arrivals, jobs, calls, entries, messages, executions));
    }
}
