package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.bench.faults.BatchEvidence.Bill;
import dev.offpeak.bench.faults.BatchEvidence.Bulk;
import dev.offpeak.bench.faults.BatchEvidence.Line;
import dev.offpeak.bench.faults.BatchEvidence.ProviderBatch;
import dev.offpeak.bench.faults.BatchEvidence.Ran;
import dev.offpeak.bench.faults.BatchEvidence.Remote;
import dev.offpeak.bench.faults.BatchEvidence.Results;
import dev.offpeak.bench.faults.BatchEvidence.Told;
import dev.offpeak.bench.faults.BatchEvidence.Twin;
import dev.offpeak.bench.faults.BatchEvidence.Unit;
import dev.offpeak.bench.faults.BatchEvidence.Upload;
import dev.offpeak.bench.faults.Evidence.Arrival;
import dev.offpeak.bench.faults.Evidence.Tokens;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Each rule is broken once, in evidence that is otherwise sound: a checker that cannot fail proves nothing.
class BatchCheckerTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Tokens TOKENS = new Tokens(10, 0, 0, 0, 5);
    private static final BigDecimal USD = new BigDecimal("0.001");
    private static final Results WHOLE = new Results(0, 0, 0, 0);

    private final List<Upload> uploads = new ArrayList<>();
    private final List<Bulk> bulks = new ArrayList<>();
    private final List<ProviderBatch> providerBatches = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();
    private final List<Twin> twins = new ArrayList<>();
    private final List<Remote> remotes = new ArrayList<>();
    private final List<Ran> ran = new ArrayList<>();
    private final List<Bill> bills = new ArrayList<>();
    private final List<Told> messages = new ArrayList<>();
    private final List<Arrival> arrivals = new ArrayList<>();

    BatchCheckerTest() {
        uploads.add(upload(Set.of("bat_1"), false, false, WHOLE));
        bulks.add(bulk("bat_1", "completed", 2, 2));
        providerBatches.add(new ProviderBatch("pb_1", "reconciled", "batch_a", "completed"));
        providerBatches.add(new ProviderBatch("pb_2", "abandoned", null, null));
        lines.add(new Line("pb_1-1", "job_1", "ok"));
        lines.add(new Line("pb_1-2", "job_2", "lost"));
        remotes.add(new Remote("batch_a", "completed", 1));
        ran.add(ran("batch_a", "pb_1-1", new BigDecimal("0.0010")));
        bills.add(bill("batch_a", "pb_1-1", "job_1", "confirmed", false));
        messages.add(new Told("msg_1", "bat_1", "batch.completed", "abc", "delivered"));
        arrivals.add(arrival("0", "batch.completed", "abc", true, 204));
    }

    @Test
    void findsNothingWhereAllIsWell() {
        assertThat(violations()).isEmpty();
    }

    @Test
    void isAskedByTheCheckerOfAll() {
        remotes.clear();

        assertThat(Checker.check(evidence()).violations())
                .extracting(Violation::rule)
                .contains("what we say was created is at the provider");
    }

    @Test
    void findsAnUploadThatNobodyAnsweredOrThatWasRefused() {
        uploads.add(upload("u2", Set.of(), false));
        finds(Violation.Word.LOST, "every upload is answered");

        uploads.set(1, upload("u2", Set.of(), true));
        finds(Violation.Word.UNEXPECTED, "a good upload is not refused");
    }

    @Test
    void findsAKeyThatMadeTwoBulks() {
        bulks.add(bulk("bat_2", "completed", 2, 2));
        finds(Violation.Word.DUPLICATED, "a key makes one bulk");

        uploads.set(0, upload(Set.of("bat_1", "bat_2"), false, false, WHOLE));
        finds(Violation.Word.DUPLICATED, "a key answers with one bulk");
    }

    @Test
    void findsAnAcknowledgedBulkThatIsNotThereAndOneThatNobodySent() {
        bulks.clear();
        finds(Violation.Word.LOST, "an acknowledged bulk is in the database");

        bulks.add(bulk("bat_1", "completed", 2, 2));
        bulks.add(new Bulk("bat_9", "other", "t0", "completed", 0, 0));
        finds(Violation.Word.UNEXPECTED, "a bulk was uploaded");
    }

    @Test
    void findsMissingLines() {
        bulks.set(0, bulk("bat_1", "completed", 2, 1));
        finds(Violation.Word.LOST, "a bulk has all its lines");

        bulks.set(0, bulk("bat_1", "completed", 1, 2));
        finds(Violation.Word.LOST, "a bulk has all its lines");
    }

    @Test
    void findsABulkThatNeverEndsOrThatNobodyCancelled() {
        bulks.set(0, bulk("bat_1", "running", 2, 2));
        finds(Violation.Word.LOST, "a bulk ends");

        bulks.set(0, bulk("bat_1", "cancelled", 2, 2));
        finds(Violation.Word.UNEXPECTED, "a bulk is cancelled only by its client");
    }

    @Test
    void findsResultsThatAreNotOneForEachLine() {
        results(new Results(1, 0, 0, 0));
        finds(Violation.Word.LOST, "each accepted line has one result");

        results(new Results(0, 1, 0, 0));
        finds(Violation.Word.DUPLICATED, "each accepted line has one result");

        results(new Results(0, 0, 1, 0));
        finds(Violation.Word.UNEXPECTED, "a result is of a line of its bulk");

        results(new Results(0, 0, 0, 1));
        finds(Violation.Word.LOST, "each accepted line has one result");

        results(null);
        finds(Violation.Word.LOST, "a bulk's results can be read");
    }

    @Test
    void findsABatchAtTheProviderThatNobodyMeant() {
        remotes.add(new Remote("batch_b", "completed", 2));

        finds(Violation.Word.DUPLICATED, "a batch at the provider is an intent of ours or a declared twin");
    }

    @Test
    void takesADeclaredAndCancelledTwin() {
        remotes.add(new Remote("batch_b", "cancelled", 0));
        twins.add(new Twin("pb_1", "batch_b", true));

        assertThat(violations()).isEmpty();
    }

    @Test
    void findsATwinThatIsNotCancelledOrNoTwin() {
        remotes.add(new Remote("batch_b", "completed", 0));
        twins.add(new Twin("pb_1", "batch_b", false));
        finds(Violation.Word.UNEXPECTED, "a twin is cancelled");

        twins.set(0, new Twin("pb_1", "batch_a", true));
        finds(Violation.Word.UNEXPECTED, "a twin is a batch beyond the one that counts");
    }

    @Test
    void findsABatchThatTheProviderDoesNotKnowOrThatTwoClaim() {
        providerBatches.add(new ProviderBatch("pb_3", "reconciled", "batch_z", "completed"));
        finds(Violation.Word.LOST, "what we say was created is at the provider");

        providerBatches.set(2, new ProviderBatch("pb_3", "reconciled", "batch_a", "completed"));
        finds(Violation.Word.UNEXPECTED, "a batch at the provider belongs to one of ours");
    }

    @Test
    void findsABatchAndALineThatDoNotEnd() {
        providerBatches.set(1, new ProviderBatch("pb_2", "submitted", null, null));
        finds(Violation.Word.LOST, "a provider batch comes to its end");

        lines.set(1, new Line("pb_1-2", "job_2", "sent"));
        finds(Violation.Word.LOST, "a line comes to its end");
    }

    @Test
    void findsABulkWhoseEndWasNotTold() {
        messages.clear();
        finds(Violation.Word.LOST, "a bulk's end has its message");
    }

    @Test
    void findsAnEndThatWasToldTwiceOrUnasked() {
        messages.add(new Told("msg_2", "bat_1", "batch.completed", "abc", "delivered"));
        finds(Violation.Word.DUPLICATED, "a bulk's end has one message");

        uploads.set(0, new Upload("u1", "0", 2, false, Set.of("bat_1"), false, false, WHOLE));
        finds(Violation.Word.UNEXPECTED, "only who asked is told of a bulk's end");
    }

    @Test
    void findsAMessageThatDidNotArriveOrSaysSomethingElse() {
        arrivals.set(0, arrival("0", "batch.completed", "abc", true, 500));
        finds(Violation.Word.LOST, "a message is delivered");

        arrivals.set(0, arrival("0", "batch.completed", "other", true, 204));
        finds(Violation.Word.UNEXPECTED, "every try sends the same bytes");

        arrivals.set(0, arrival("1", "batch.completed", "abc", true, 204));
        finds(Violation.Word.UNEXPECTED, "a delivery goes to who asked for it");

        arrivals.set(0, arrival("0", "batch.completed", "abc", false, 204));
        finds(Violation.Word.UNEXPECTED, "a delivery is signed");

        messages.set(0, new Told("msg_1", "bat_1", "batch.failed", "abc", "delivered"));
        finds(Violation.Word.UNEXPECTED, "a message says what the database says");
    }

    private static Upload upload(Set<String> ids, boolean refused, boolean cancelSent, @Nullable Results results) {
        return new Upload("u1", "0", 2, true, ids, refused, cancelSent, results);
    }

    private static Upload upload(String name, Set<String> ids, boolean refused) {
        return new Upload(name, "0", 2, true, ids, refused, false, null);
    }

    private void results(@Nullable Results results) {
        uploads.set(0, upload(Set.of("bat_1"), false, false, results));
    }

    private static Bulk bulk(String id, String status, int total, int jobs) {
        return new Bulk(id, "u1", "t0", status, total, jobs);
    }

    private static Ran ran(String remote, String customId, BigDecimal usd) {
        return new Ran(new Unit(remote, customId), "m", TOKENS, usd, "answered");
    }

    private static Bill bill(String remote, String customId, String job, String status, boolean overlap) {
        return new Bill(new Unit(remote, customId), job, status, overlap, "m", TOKENS, USD);
    }

    private static Arrival arrival(String tenant, String type, String sha256, boolean signed, int answered) {
        return new Arrival(NOW, tenant, "msg_1", "bat_1", type, "completed", sha256, signed, answered);
    }

    private void finds(Violation.Word word, String rule) {
        assertThat(violations()).contains(violationOf(word, rule));
    }

    private Violation violationOf(Violation.Word word, String rule) {
        return violations().stream()
                .filter(each -> each.word() == word && each.rule().equals(rule))
                .findFirst()
                .orElseThrow(() -> new AssertionError(word + " '" + rule + "' is not among " + violations()));
    }

    private List<Violation> violations() {
        return BatchChecker.check(evidence());
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
                List.of(),
                List.of(),
                List.of(),
                new BatchEvidence(
                        uploads,
                        bulks,
                        providerBatches,
                        lines,
                        twins,
                        remotes,
                        ran,
                        bills,
                        Set.of(),
                        messages,
                        arrivals));
    }
}
