package dev.offpeak.bench.faults;

import static dev.offpeak.bench.faults.Violation.Word.DUPLICATED;
import static dev.offpeak.bench.faults.Violation.Word.LOST;
import static dev.offpeak.bench.faults.Violation.Word.UNEXPECTED;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Holds the ledger's rows for lines against what the simulator ran, unit by unit: each execution has exactly one row,
/// a
/// confirmed row exactly one execution, an unconfirmed one none or one. A second bill of a job is declared as overlap,
/// and only a twin or a rescue that the database knows of gives reason for one.
final class LineBills {

    private static final String CONFIRMED = "confirmed";
    private static final String ANSWERED = "answered";

    private final Evidence all;
    private final BatchEvidence evidence;
    private final Consumer<Violation> violations;
    private final Set<String> twins;

    /// What was sent, and the job that it is to answer; empty for a primer.
    private final Map<Unit, String> jobs = new HashMap<>();

    private LineBills(Evidence all, Consumer<Violation> violations) {
        this.all = all;
        this.evidence = all.batches();
        this.violations = violations;
        this.twins = evidence.twins().stream().map(Twin::remoteId).collect(toSet());
    }

    static void check(Evidence evidence, Consumer<Violation> violations) {
        var bills = new LineBills(evidence, violations);
        bills.sent();
        bills.units();
        bills.jobs();
    }

    /// Every line in every batch that was made for it, twins included.
    private void sent() {
        Map<String, List<Line>> lines = evidence.lines().stream().collect(groupingBy(Line::batch));
        Map<String, List<Twin>> twinsOf = evidence.twins().stream().collect(groupingBy(Twin::batch));
        for (ProviderBatch batch : evidence.providerBatches()) {
            var remotes = new ArrayList<String>();
            if (batch.remoteId() != null) {
                remotes.add(batch.remoteId());
            }
            twinsOf.getOrDefault(batch.id(), List.of()).forEach(twin -> remotes.add(twin.remoteId()));
            for (String remote : remotes) {
                lines.getOrDefault(batch.id(), List.of())
                        .forEach(line -> jobs.put(new Unit(remote, line.customId()), line.job()));
                if (batch.primer()) {
                    jobs.put(new Unit(remote, batch.stub()), "");
                }
            }
        }
    }

    private void units() {
        Map<Unit, List<Ran>> ran = evidence.ran().stream().collect(groupingBy(Ran::unit));
        Map<Unit, List<Bill>> bills = evidence.bills().stream().collect(groupingBy(Bill::unit));
        var every = new HashSet<>(ran.keySet());
        every.addAll(bills.keySet());
        for (Unit unit : every) {
            List<Ran> runs = ran.getOrDefault(unit, List.of());
            List<Bill> rows = bills.getOrDefault(unit, List.of());
            if (jobs.containsKey(unit)) {
                matched(unit, runs, rows);
            } else {
                runs.forEach(_ -> found(LOST, "what ran of a batch is a line of ours", unit.toString()));
                rows.forEach(row ->
                        found(UNEXPECTED, "a line's ledger row is of a line that was sent", unit + " of " + row.job()));
            }
        }
    }

    private void matched(Unit unit, List<Ran> runs, List<Bill> rows) {
        if (runs.size() > 1) {
            found(DUPLICATED, "a line runs once in its batch", unit.toString());
        }
        if (rows.size() > 1) {
            found(DUPLICATED, "a line has one ledger row", unit.toString());
        }
        if (!runs.isEmpty() && rows.isEmpty()) {
            found(LOST, "what ran of a line has its ledger row", unit.toString());
        }
        for (Bill row : rows) {
            if (row.status().equals(CONFIRMED)) {
                confirmed(unit, runs, row);
            } else {
                unconfirmed(unit, runs);
            }
            String job = jobs.getOrDefault(unit, "");
            if (!job.isEmpty() && !job.equals(row.job())) {
                found(UNEXPECTED, "a line's ledger row names its line's job", unit + " of " + row.job());
            }
            if (twins.contains(unit.remote()) && !row.overlap()) {
                found(UNEXPECTED, "what a twin ran is declared as overlap", unit.toString());
            }
        }
    }

    private void confirmed(Unit unit, List<Ran> runs, Bill row) {
        if (runs.isEmpty()) {
            found(UNEXPECTED, "what is billed as a line was run", unit.toString());
        } else if (runs.size() > 1) {
            found(UNEXPECTED, "a line's ledger row stands for one execution", unit.toString());
        } else if (!text(runs.getFirst()).equals(text(row))) {
            found(UNEXPECTED, "a line's row has the provider's model, tokens and price", unit.toString());
        }
    }

    /// The provider may have billed it: an answer that it shows is no reason to leave that open.
    private void unconfirmed(Unit unit, List<Ran> runs) {
        if (runs.size() > 1) {
            found(UNEXPECTED, "a line's ledger row stands for one execution", unit.toString());
        }
        if (runs.stream().anyMatch(run -> run.outcome().equals(ANSWERED))) {
            found(LOST, "a line is left unconfirmed only where its answer was not shown", unit.toString());
        }
    }

    private void jobs() {
        Map<String, List<Bill>> lines = evidence.bills().stream()
                .filter(bill -> !twins.contains(bill.unit().remote()))
                .filter(bill -> !jobs.getOrDefault(bill.unit(), "of none").isEmpty())
                .collect(groupingBy(Bill::job));
        Map<String, List<Entry>> calls = all.entries().stream()
                .filter(entry -> entry.source().equals("call"))
                .collect(groupingBy(Entry::job));
        var every = new HashSet<>(lines.keySet());
        every.addAll(calls.keySet());
        for (String job : every) {
            overlaps(job, lines.getOrDefault(job, List.of()), calls.getOrDefault(job, List.of()));
        }
    }

    /// @param lines but for those of twins, which are overlap whatever else the job was billed
    private void overlaps(String job, List<Bill> lines, List<Entry> calls) {
        long declaredLines = lines.stream().filter(Bill::overlap).count();
        long declaredCalls = calls.stream().filter(Entry::overlap).count();
        long firstLines = lines.size() - declaredLines;
        long firstCalls = calls.size() - declaredCalls;
        long confirmed = calls.stream()
                .filter(call -> call.status().equals(CONFIRMED) && !call.overlap())
                .count();
        if (firstLines > 1 || (firstLines == 1 && confirmed > 0)) {
            found(
                    DUPLICATED,
                    "a job is billed twice only by declared overlap",
                    job + ": lines " + firstLines + ", calls " + confirmed);
        }
        if (declaredLines + declaredCalls > 0 && !evidence.rescued().contains(job)) {
            found(UNEXPECTED, "only a twin or a rescue is a reason for overlap", job);
        }
        // A rescue makes a call beside one line: each of both is the second bill of the other alone.
        if (declaredLines > 1 || (declaredLines > 0 && firstCalls == 0) || (declaredCalls > 0 && firstLines == 0)) {
            found(
                    UNEXPECTED,
                    "only a second bill is an overlap",
                    job + ": lines " + declaredLines + " of " + lines.size() + ", calls " + declaredCalls + " of "
                            + calls.size());
        }
    }

    private static String text(Ran ran) {
        return text(ran.model(), ran.tokens(), ran.usd());
    }

    private static String text(Bill bill) {
        return text(bill.model(), bill.tokens(), bill.usd());
    }

    private static String text(String model, Tokens tokens, @Nullable BigDecimal usd) {
        return model + " " + tokens + " "
                + (usd == null ? "unpriced" : usd.stripTrailingZeros().toPlainString());
    }

    private void found(Violation.Word word, String rule, String subject) {
        violations.accept(new Violation(word, rule, subject));
    }
}
