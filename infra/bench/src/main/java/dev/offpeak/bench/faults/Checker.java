package dev.offpeak.bench.faults;

import static dev.offpeak.bench.faults.Violation.Word.DUPLICATED;
import static dev.offpeak.bench.faults.Violation.Word.LOST;
import static dev.offpeak.bench.faults.Violation.Word.UNEXPECTED;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.offpeak.bench.faults.Evidence.Arrival;
import dev.offpeak.bench.faults.Evidence.Call;
import dev.offpeak.bench.faults.Evidence.Entry;
import dev.offpeak.bench.faults.Evidence.Execution;
import dev.offpeak.bench.faults.Evidence.Fault;
import dev.offpeak.bench.faults.Evidence.Job;
import dev.offpeak.bench.faults.Evidence.Message;
import dev.offpeak.bench.faults.Evidence.Submission;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Says, row by row, whether what must never break did. It looks at what there is after a run, never at how it came.
final class Checker {

    private static final Set<String> TERMINAL = Set.of("succeeded", "failed", "cancelled", "expired");
    private static final String CORRECTION = "correction";
    private static final String COST_SETTLED = "job.cost_settled";

    private final Evidence evidence;
    private final Map<String, Job> jobs;
    private final Map<String, Submission> byKey;
    private final Map<String, List<Job>> byJobKey;
    private final Map<String, Call> calls;
    private final Map<String, List<Execution>> executions;
    private final Map<String, List<Entry>> entries;
    private final List<Violation> violations = new ArrayList<>();

    private Checker(Evidence evidence) {
        this.evidence = evidence;
        this.jobs = unique(evidence.jobs(), Job::id);
        this.byKey = unique(evidence.submissions(), Submission::key);
        this.byJobKey = evidence.jobs().stream().collect(groupingBy(job -> Objects.requireNonNullElse(job.key(), "")));
        this.calls = unique(evidence.calls(), Call::id);
        this.executions = evidence.executions().stream().collect(groupingBy(Execution::call));
        this.entries = evidence.entries().stream().collect(groupingBy(Entry::call));
    }

    /// @param violations empty where everything held
    /// @param inFlightAtFaults calls that were under way when something befell their worker, or all
    /// @param repeats executions of a job beyond its first
    /// @param brokenAnswers executions whose answer the simulator itself broke
    /// @param recovered jobs that ended well although no answer reached their client, or a worker died over them
    record Verdict(
            List<Violation> violations, long inFlightAtFaults, long repeats, long brokenAnswers, long recovered) {

        long count(Violation.Word word) {
            return violations.stream().filter(each -> each.word() == word).count();
        }
    }

    static Verdict check(Evidence evidence) {
        return new Checker(evidence).verdict();
    }

    private Verdict verdict() {
        evidence.submissions().forEach(this::submission);
        evidence.jobs().forEach(this::job);
        evidence.executions().stream().map(Execution::call).distinct().forEach(this::execution);
        evidence.calls().forEach(this::call);
        evidence.entries().stream()
                .filter(entry -> !calls.containsKey(entry.call()))
                .forEach(entry -> found(UNEXPECTED, "a ledger row belongs to a call", entry.call()));
        messages();
        evidence.ends().stream()
                .filter(end -> end.exit() != Member.KILLED && end.ready())
                .forEach(end -> found(UNEXPECTED, "no process ends by itself", end.member() + " with " + end.exit()));
        Set<String> inFlight = evidence.calls().stream()
                .filter(call -> evidence.faults().stream().anyMatch(fault -> underWay(call, fault)))
                .map(Call::id)
                .collect(toSet());
        long repeats = repeats(inFlight);
        long broken = evidence.executions().stream().filter(Checker::isBroken).count();
        if (repeats > inFlight.size() + broken) {
            found(
                    UNEXPECTED,
                    "repeats are at most the calls in flight at the faults and the answers the provider broke",
                    repeats + " > " + inFlight.size() + " + " + broken);
        }
        return new Verdict(List.copyOf(violations), inFlight.size(), repeats, broken, recovered());
    }

    private void submission(Submission submission) {
        submission.ids().stream()
                .filter(id -> !jobs.containsKey(id))
                .forEach(id -> found(LOST, "an acknowledged job is in the database", id));
        if (submission.ids().size() > 1) {
            found(DUPLICATED, "a key answers with one job", submission.key() + " " + submission.ids());
        }
        if (byJobKey.getOrDefault(submission.key(), List.of()).size() > 1) {
            found(DUPLICATED, "a key makes one job", submission.key());
        }
        for (Job job : byJobKey.getOrDefault(submission.key(), List.of())) {
            if (submission.refused() && submission.ids().isEmpty()) {
                found(UNEXPECTED, "a refused submission leaves no job", job.id());
            }
            if (submission.cancelled() && !job.status().equals("cancelled")) {
                found(LOST, "a cancel that was acknowledged stays", job.id() + " is " + job.status());
            }
        }
    }

    private void job(Job job) {
        Submission asked = job.key() == null ? null : byKey.get(job.key());
        if (asked == null) {
            found(UNEXPECTED, "a job was asked for", job.id());
        }
        if (!TERMINAL.contains(job.status())) {
            found(LOST, "a job ends", job.id() + " is " + job.status());
        } else if (job.status().equals("succeeded") && job.outcomes() == 0) {
            found(LOST, "a job that succeeded has its outcome", job.id());
        }
        if (job.outcomes() > 1) {
            found(DUPLICATED, "a job has one outcome", job.id());
        }
    }

    private void execution(String id) {
        List<Execution> all = Objects.requireNonNull(executions.get(id));
        if (all.size() > 1) {
            found(DUPLICATED, "a call is made once", id);
        }
        Call call = calls.get(id);
        if (call == null) {
            found(LOST, "what a provider ran has its call row", id);
            return;
        }
        if (call.status().equals("not_billed")) {
            found(LOST, "what a provider ran is not left out of the bill", id);
        }
        List<Entry> rows = ofCall(id);
        if (rows.isEmpty()) {
            found(LOST, "what a provider ran has its ledger row", id + " is " + call.status());
        }
        for (Entry row : rows) {
            Execution ran = all.getFirst();
            if (row.status().equals("confirmed") && !row.tokens().equals(ran.tokens())) {
                found(UNEXPECTED, "a confirmed row has the provider's tokens", id);
            }
            if (row.status().equals("confirmed") && !row.model().equals(ran.model())) {
                found(UNEXPECTED, "a confirmed row has the provider's model", id);
            }
            if (row.status().equals("confirmed") && !same(row, ran)) {
                found(UNEXPECTED, "a confirmed row has the provider's price", id);
            }
        }
    }

    private void call(Call call) {
        List<Entry> rows = ofCall(call.id());
        if (rows.size() > 1) {
            found(DUPLICATED, "a call has one ledger row", call.id());
        }
        if (!jobs.containsKey(call.job())) {
            found(UNEXPECTED, "a call belongs to a job", call.id());
        }
        boolean ran = executions.containsKey(call.id());
        for (Entry row : rows) {
            if (row.status().equals("confirmed") && !ran) {
                found(UNEXPECTED, "what is billed as confirmed was run", call.id());
            }
            if (!row.job().equals(call.job())) {
                found(UNEXPECTED, "a ledger row names its call's job", call.id());
            }
        }
        List<Entry> corrections = entries.getOrDefault(call.id(), List.of()).stream()
                .filter(entry -> entry.source().equals(CORRECTION))
                .toList();
        switch (call.status()) {
            case "confirmed", "unconfirmed" -> {
                if (rows.isEmpty()) {
                    found(LOST, "a call that may be billed has its ledger row", call.id());
                } else if (!rows.getFirst().status().equals(call.status())) {
                    found(UNEXPECTED, "call and ledger row say the same", call.id());
                }
                if (!corrections.isEmpty()) {
                    found(UNEXPECTED, "only what is not billed is corrected", call.id());
                }
            }
            case "not_billed" -> {
                if (rows.size() > corrections.size()) {
                    found(UNEXPECTED, "a call that is not billed has no ledger row but a corrected one", call.id());
                } else if (rows.size() < corrections.size() || !isNothing(rows, corrections)) {
                    found(UNEXPECTED, "a correction takes back one row, exactly", call.id());
                }
            }
            default -> found(LOST, "a call comes to an end", call.id() + " is " + call.status());
        }
    }

    private static boolean isNothing(List<Entry> rows, List<Entry> corrections) {
        BigDecimal usd = BigDecimal.ZERO;
        long tokens = 0;
        for (Entry entry : Stream.concat(rows.stream(), corrections.stream()).toList()) {
            usd = usd.add(Objects.requireNonNullElse(entry.usd(), BigDecimal.ZERO));
            tokens += entry.tokens().input() + entry.tokens().output();
        }
        return usd.signum() == 0 && tokens == 0;
    }

    private void messages() {
        Map<String, List<Message>> byJob = evidence.messages().stream().collect(groupingBy(Message::job));
        Map<String, List<Arrival>> arrivals = evidence.arrivals().stream().collect(groupingBy(Arrival::job));
        for (Job job : evidence.jobs()) {
            if (job.webhook() && TERMINAL.contains(job.status())) {
                told(job, byJob.getOrDefault(job.id(), List.of()), arrivals.getOrDefault(job.id(), List.of()));
            } else if (!job.webhook() && byJob.containsKey(job.id())) {
                found(UNEXPECTED, "only who asked is told", job.id());
            }
        }
        evidence.arrivals().stream()
                .filter(arrival -> !arrival.signed())
                .forEach(arrival -> found(UNEXPECTED, "a delivery is signed", arrival.message()));
        evidence.arrivals().stream()
                .filter(arrival -> !jobs.containsKey(arrival.job()))
                .forEach(arrival -> found(UNEXPECTED, "a delivery tells of a job", arrival.message()));
    }

    private void told(Job job, List<Message> messages, List<Arrival> arrivals) {
        long settled = messages.stream()
                .filter(message -> message.type().equals(COST_SETTLED))
                .count();
        if (settled > 1) {
            found(DUPLICATED, "that its cost is settled is told once", job.id());
        }
        long ends = messages.size() - settled;
        if (ends == 0) {
            found(LOST, "an end has its message", job.id());
        } else if (ends > 1) {
            found(DUPLICATED, "an end has one message", job.id());
        }
        for (Message message : messages) {
            List<Arrival> its = arrivals.stream()
                    .filter(arrival -> arrival.message().equals(message.id()))
                    .toList();
            if (its.stream().noneMatch(arrival -> arrival.answered() / 100 == 2)) {
                found(LOST, "a message is delivered", message.id() + " of " + job.id() + " is " + message.delivery());
            }
            if (its.stream().anyMatch(arrival -> !arrival.sha256().equals(message.sha256()))) {
                found(UNEXPECTED, "every try sends the same bytes", message.id());
            }
            boolean told = message.type().equals(COST_SETTLED) || message.type().equals("job." + job.status());
            if (!told || its.stream().anyMatch(arrival -> !arrival.status().equals(job.status()))) {
                found(UNEXPECTED, "a message says what the database says", message.id() + " of " + job.id());
            }
        }
        Set<String> ours = messages.stream().map(Message::id).collect(toSet());
        arrivals.stream()
                .map(Arrival::message)
                .filter(id -> !ours.contains(id))
                .distinct()
                .forEach(id -> found(UNEXPECTED, "what is delivered is a message", id));
    }

    /// Counts them, and names each that nothing explains: another one was made for the job although neither a fault
    /// nor the provider had broken the one before.
    private long repeats(Set<String> inFlight) {
        long repeats = 0;
        Map<String, List<Call>> byJob = evidence.calls().stream()
                .filter(call -> executions.containsKey(call.id()))
                .collect(groupingBy(Call::job));
        for (List<Call> ran : byJob.values()) {
            List<Call> inTurn =
                    ran.stream().sorted(Comparator.comparing(Call::begunAt)).toList();
            for (Call earlier : inTurn.subList(0, inTurn.size() - 1)) {
                repeats++;
                boolean broken = executions.getOrDefault(earlier.id(), List.of()).stream()
                        .anyMatch(Checker::isBroken);
                if (!broken && !inFlight.contains(earlier.id())) {
                    found(
                            DUPLICATED,
                            "a job is called for again only after a fault",
                            earlier.job() + " " + earlier.id());
                }
            }
        }
        return repeats;
    }

    private long recovered() {
        return evidence.jobs().stream()
                .filter(job -> TERMINAL.contains(job.status()))
                .filter(job -> job.takenBack() > 0 || unanswered(job))
                .count();
    }

    private boolean unanswered(Job job) {
        Submission asked = job.key() == null ? null : byKey.get(job.key());
        return asked != null && asked.ids().isEmpty();
    }

    private static boolean underWay(Call call, Fault fault) {
        boolean its = fault.pid() == null || fault.pid() == call.pid();
        boolean begun = !call.begunAt().isAfter(fault.to());
        boolean ended = call.endedAt() != null && call.endedAt().isBefore(fault.from());
        return its && begun && !ended;
    }

    private static boolean isBroken(Execution execution) {
        return !execution.outcome().equals("answered");
    }

    private List<Entry> ofCall(String call) {
        return entries.getOrDefault(call, List.of()).stream()
                .filter(entry -> !entry.source().equals(CORRECTION))
                .toList();
    }

    private static boolean same(Entry row, Execution ran) {
        if (row.usd() == null || ran.usd() == null) {
            return row.usd() == null && ran.usd() == null;
        }
        return row.usd().compareTo(ran.usd()) == 0;
    }

    private void found(Violation.Word word, String rule, String subject) {
        violations.add(new Violation(word, rule, subject));
    }

    /// A second one with the same id is a violation that the database's own keys exclude.
    private static <T> Map<String, T> unique(List<T> rows, Function<T, String> id) {
        return rows.stream().collect(toMap(id, Function.identity(), (first, _) -> first));
    }
}
