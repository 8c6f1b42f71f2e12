package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.bench.faults.BatchEvidence.Bill;
import dev.offpeak.bench.faults.BatchEvidence.Line;
import dev.offpeak.bench.faults.BatchEvidence.ProviderBatch;
import dev.offpeak.bench.faults.BatchEvidence.Ran;
import dev.offpeak.bench.faults.BatchEvidence.Twin;
import dev.offpeak.bench.faults.BatchEvidence.Unit;
import dev.offpeak.bench.faults.Evidence.Entry;
import dev.offpeak.bench.faults.Evidence.Tokens;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Each rule is broken once: a row is held against the execution of its own line, never against the sum of its job's.
class LineBillsTest {

    private static final Tokens TOKENS = new Tokens(10, 0, 0, 0, 5);
    private static final BigDecimal USD = new BigDecimal("0.001");
    private static final Unit FIRST = new Unit("batch_a", "pb_1-1");
    private static final Unit SECOND = new Unit("batch_a", "pb_1-2");
    private static final Unit FIRST_IN_TWIN = new Unit("batch_b", "pb_1-1");

    private final List<ProviderBatch> batches = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();
    private final List<Twin> twins = new ArrayList<>();
    private final List<Ran> ran = new ArrayList<>();
    private final List<Bill> bills = new ArrayList<>();
    private final List<Entry> calls = new ArrayList<>();
    private final Set<String> rescued = new HashSet<>();

    LineBillsTest() {
        batches.add(new ProviderBatch("pb_1", "reconciled", "batch_a", "completed"));
        lines.add(new Line("pb_1-1", "job_1", "ok"));
        lines.add(new Line("pb_1-2", "job_2", "lost"));
        ran.add(ran(FIRST, "answered"));
        bills.add(bill(FIRST, "job_1", "confirmed", false));
    }

    @Test
    void findNothingWhereEachExecutionHasItsRow() {
        assertThat(violations()).isEmpty();
    }

    @Test
    void findALineThatRanTwiceInItsBatch() {
        ran.add(ran.getFirst());

        found("a line runs once in its batch", "a line's ledger row stands for one execution");
    }

    @Test
    void findAnExecutionWithoutARow() {
        bills.clear();

        found("what ran of a line has its ledger row");
    }

    @Test
    void findAnExecutionOfALineOfNobody() {
        ran.add(ran(new Unit("batch_a", "pb_9-1"), "answered"));

        found("what ran of a batch is a line of ours");
    }

    @Test
    void findAnExecutionInABatchThatTheLineWasNotSentIn() {
        ran.add(ran(FIRST_IN_TWIN, "answered"));

        found("what ran of a batch is a line of ours");
    }

    @Test
    void findAConfirmedRowOfALineThatNeverRan() {
        bills.add(bill(SECOND, "job_2", "confirmed", false));

        found("what is billed as a line was run");
    }

    @Test
    void findTwoRowsOfOneLineAlsoWhereOnlyOneIsConfirmedOrOneIsOverlap() {
        bills.add(bill(FIRST, "job_1", "unconfirmed", true));

        assertThat(rules()).contains("a line has one ledger row");
    }

    @Test
    void findThatTheRowsOfTwoLinesOfOneJobWereMixedUp() {
        // By job all is well: one execution, one confirmed row, of the same price.
        lines.set(1, new Line("pb_1-2", "job_1", "lost"));
        bills.set(0, bill(SECOND, "job_1", "confirmed", false));

        found("what ran of a line has its ledger row", "what is billed as a line was run");
    }

    @Test
    void findARowOfAnotherJob() {
        bills.set(0, bill(FIRST, "job_2", "confirmed", false));

        found("a line's ledger row names its line's job");
    }

    @Test
    void findARowWhoseKeyIsOfNothingThatWasSent() {
        bills.add(bill(Unit.UNKNOWN, "job_1", "confirmed", true));

        assertThat(rules()).contains("a line's ledger row is of a line that was sent");
    }

    @Test
    void findARowThatIsNotTheProviders() {
        bills.set(0, new Bill(FIRST, "job_1", "confirmed", false, "m", new Tokens(11, 0, 0, 0, 5), USD));
        found("a line's row has the provider's model, tokens and price");

        bills.set(0, new Bill(FIRST, "job_1", "confirmed", false, "n", TOKENS, USD));
        found("a line's row has the provider's model, tokens and price");

        bills.set(0, new Bill(FIRST, "job_1", "confirmed", false, "m", TOKENS, new BigDecimal("0.0011")));
        found("a line's row has the provider's model, tokens and price");
    }

    @Test
    void takeAnUnconfirmedRowOfALineThatNeverRanOrWhoseAnswerWasNotShown() {
        bills.add(bill(SECOND, "job_2", "unconfirmed", false));
        assertThat(violations()).isEmpty();

        ran.add(ran(SECOND, "malformed"));
        assertThat(violations()).isEmpty();
    }

    @Test
    void findAnUnconfirmedRowOfTwoExecutions() {
        ran.set(0, ran(FIRST, "malformed"));
        ran.add(ran(FIRST, "malformed"));
        bills.set(0, bill(FIRST, "job_1", "unconfirmed", false));

        found("a line runs once in its batch", "a line's ledger row stands for one execution");
    }

    @Test
    void findAnUnconfirmedRowOfALineThatWasAnswered() {
        bills.set(0, bill(FIRST, "job_1", "unconfirmed", false));

        found("a line is left unconfirmed only where its answer was not shown");
    }

    @Test
    void findAJobThatTwoLinesAreBilledFor() {
        lines.set(1, new Line("pb_1-2", "job_1", "ok"));
        ran.add(ran(SECOND, "answered"));
        bills.add(bill(SECOND, "job_1", "confirmed", false));

        found("a job is billed twice only by declared overlap");
    }

    @Test
    void findAJobThatItsLineAndACallAreBilledFor() {
        calls.add(call("confirmed", false));

        found("a job is billed twice only by declared overlap");
    }

    @Test
    void takeARescueWhoseLineOrCallIsDeclared() {
        rescued.add("job_1");
        calls.add(call("confirmed", false));
        bills.set(0, bill(FIRST, "job_1", "confirmed", true));
        assertThat(violations()).isEmpty();

        calls.set(0, call("unconfirmed", true));
        bills.set(0, bill(FIRST, "job_1", "confirmed", false));
        assertThat(violations()).isEmpty();
    }

    @Test
    void findOverlapOfAJobThatWasNeverRescued() {
        calls.add(call("confirmed", false));
        bills.set(0, bill(FIRST, "job_1", "confirmed", true));

        found("only a twin or a rescue is a reason for overlap");
    }

    @Test
    void findOverlapThatOverlapsNothing() {
        rescued.add("job_1");
        bills.set(0, bill(FIRST, "job_1", "confirmed", true));
        found("only a second bill is an overlap");

        calls.add(call("confirmed", true));
        found("only a second bill is an overlap"); // both are the second one
    }

    @Test
    void findMoreOverlapThanARescueCanMake() {
        rescued.add("job_1");
        lines.set(1, new Line("pb_1-2", "job_1", "ok"));
        ran.add(ran(SECOND, "answered"));
        calls.add(call("confirmed", false));
        bills.set(0, bill(FIRST, "job_1", "confirmed", true));
        bills.add(bill(SECOND, "job_1", "confirmed", true));

        found("only a second bill is an overlap");
    }

    @Test
    void takeWhatATwinRanForOverlap() {
        twins.add(new Twin("pb_1", "batch_b", true));
        ran.add(ran(FIRST_IN_TWIN, "answered"));
        bills.add(bill(FIRST_IN_TWIN, "job_1", "confirmed", true));

        assertThat(violations()).isEmpty();
    }

    @Test
    void findWhatATwinRanWithoutARowOrUndeclared() {
        twins.add(new Twin("pb_1", "batch_b", true));
        ran.add(ran(FIRST_IN_TWIN, "answered"));
        found("what ran of a line has its ledger row");

        bills.add(bill(FIRST_IN_TWIN, "job_1", "confirmed", false));
        found("what a twin ran is declared as overlap");
    }

    @Test
    void takeThePrimersLineForNoJobs() {
        batches.add(new ProviderBatch("pb_2", "reconciled", "batch_p", "completed", true));
        var stub = new Unit("batch_p", "pb_2-1");
        ran.add(ran(stub, "answered"));
        found("what ran of a line has its ledger row");

        bills.add(bill(stub, "job_1", "confirmed", false));
        assertThat(violations()).isEmpty();
    }

    @Test
    void areAskedByTheCheckerOfAll() {
        bills.clear();

        assertThat(Checker.check(evidence()).violations())
                .extracting(Violation::rule)
                .contains("what ran of a line has its ledger row");
    }

    @Test
    void knowRowsOfTwinsByTheNamesOfTheirKeys() {
        assertThat(Ids.named("twin:batch_a:1")).hasToString("29adba67-82e0-5a64-8887-c48772c2331e");
    }

    private static Ran ran(Unit unit, String outcome) {
        return new Ran(unit, "m", TOKENS, new BigDecimal("0.0010"), outcome);
    }

    private static Bill bill(Unit unit, String job, String status, boolean overlap) {
        return new Bill(unit, job, status, overlap, "m", TOKENS, USD);
    }

    private static Entry call(String status, boolean overlap) {
        return new Entry("call", "call_1", "job_1", "t0", status, "m", TOKENS, USD, overlap);
    }

    private void found(String... rules) {
        assertThat(rules()).containsExactlyInAnyOrder(rules);
    }

    private List<String> rules() {
        return violations().stream().map(Violation::rule).distinct().toList();
    }

    private List<Violation> violations() {
        var violations = new ArrayList<Violation>();
        LineBills.check(evidence(), violations::add);
        return violations;
    }

    private Evidence evidence() {
        return new Evidence(
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                calls,
                List.of(),
                List.of(),
                new BatchEvidence(
                        List.of(), List.of(), batches, lines, twins, List.of(), ran, bills, rescued, List.of(),
                        List.of()));
    }
}
