package dev.offpeak.bench.faults;

import static dev.offpeak.bench.faults.Violation.Word.DUPLICATED;
import static dev.offpeak.bench.faults.Violation.Word.LOST;
import static dev.offpeak.bench.faults.Violation.Word.UNEXPECTED;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.offpeak.bench.faults.Evidence.Arrival;
import dev.offpeak.bench.faults.Evidence.Call;
import dev.offpeak.bench.faults.Evidence.Cause;
import dev.offpeak.bench.faults.Evidence.Entry;
import dev.offpeak.bench.faults.Evidence.Execution;
import dev.offpeak.bench.faults.Evidence.Fault;
import dev.offpeak.bench.faults.Evidence.Job;
import dev.offpeak.bench.faults.Evidence.Message;
import dev.offpeak.bench.faults.Evidence.Outcome;
import dev.offpeak.bench.faults.Evidence.Submission;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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

    /// What the simulator's own errors, hung and cut answers can bring a job to in the end.
    private static final Set<String> ERRORS_OF_THE_SIMULATOR =
            Set.of("provider_unavailable", "provider_timeout", "provider_malformed_answer");

    /// Failures that keep the answer: it is paid for.
    private static final Set<String> KEEP_THE_ANSWER = Set.of("answer_truncated", "answer_schema_violation");

    /// How lines end that have no answer.
    private static final Set<String> BAD_ENDS_OF_LINES = Set.of("error", "expired", "lost", "returned");

    /// A job that so many workers died over is taken to be what kills them.
    private static final int MOST_DEATHS = 5;

    /// How long the run's members wait for a provider, and what it takes to write down that they did.
    private static final Duration LONGEST_CALL = Duration.ofSeconds(12);

    /// As long as a try of a delivery may take, and its claim lasts: a fault so near may make it happen twice.
    private static final Duration NEAR_A_DELIVERY = Duration.ofSeconds(20);

    private final Evidence evidence;
    private final Map<String, Job> jobs;
    private final Map<String, Submission> byKey;
    private final Map<String, List<Job>> byJobKey;
    private final Map<String, Call> calls;
    private final Map<String, List<Execution>> executions;
    private final Map<String, List<Entry>> entries;
    private final Map<String, List<Call>> callsOf;
    private final Map<String, List<Outcome>> outcomes;
    private final Map<String, List<BatchEvidence.Line>> linesOf;
    private final Set<String> inFlight;
    private final List<Violation> violations = new ArrayList<>();

    private Checker(Evidence evidence) {
        this.evidence = evidence;
        this.jobs = unique(evidence.jobs(), Job::id);
        this.byKey = unique(evidence.submissions(), Submission::key);
        this.byJobKey = evidence.jobs().stream().collect(groupingBy(job -> Objects.requireNonNullElse(job.key(), "")));
        this.calls = unique(evidence.calls(), Call::id);
        this.executions = evidence.executions().stream().collect(groupingBy(Execution::call));
        this.entries = evidence.entries().stream().collect(groupingBy(Entry::call));
        this.callsOf = evidence.calls().stream().collect(groupingBy(Call::job));
        this.outcomes = evidence.outcomes().stream().collect(groupingBy(Outcome::job));
        this.linesOf = evidence.batches().lines().stream().collect(groupingBy(BatchEvidence.Line::job));
        List<Fault> breaking =
                evidence.faults().stream().filter(Fault::breaksCalls).toList();
        this.inFlight = evidence.calls().stream()
                .filter(call -> breaking.stream().anyMatch(fault -> underWay(call, fault)))
                .map(Call::id)
                .collect(toSet());
    }

    /// @param violations empty where everything held
    /// @param inFlightAtFaults calls that were under way when something befell their worker, or all
    /// @param repeats executions of a job beyond its first
    /// @param brokenAnswers executions whose answer the simulator itself broke
    /// @param recovered jobs whose client lost its first answer, or whose worker died, and that ended all the same
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
        violations.addAll(BatchChecker.check(evidence));
        evidence.jobs().forEach(this::job);
        evidence.executions().stream().map(Execution::call).distinct().forEach(this::execution);
        evidence.calls().forEach(this::call);
        evidence.entries().stream()
                .filter(entry -> !calls.containsKey(entry.call()))
                .forEach(entry -> found(UNEXPECTED, "a ledger row belongs to a call", entry.call()));
        messages();
        tenants();
        evidence.ends().stream()
                .filter(end -> end.cause() == Cause.ITSELF && (end.ready() || end.exit() == Member.KILLED))
                .forEach(end -> found(UNEXPECTED, "no process ends by itself", end.member() + " with " + end.exit()));
        long repeats = repeats();
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
        if (!submission.upload().isEmpty()) {
            if (byJobKey.getOrDefault(submission.key(), List.of()).size() > 1) {
                found(DUPLICATED, "a line makes one job", submission.key());
            }
            return; // whether its upload was answered, and all of it is there, is judged with that
        }
        if (submission.refused()) {
            found(UNEXPECTED, "a good request is not refused", submission.key());
        } else if (submission.ids().isEmpty()) {
            found(LOST, "every client is answered", submission.key());
        }
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
        } else if (asked != null) {
            end(job, asked);
            result(job, asked);
        }
        if (asked != null && asked.webhook() && !job.webhook()) {
            found(LOST, "a webhook that was asked for is kept", job.id());
        } else if (asked != null && !asked.webhook() && job.webhook()) {
            found(UNEXPECTED, "a webhook is kept only where one was asked for", job.id());
        }
    }

    /// Whether it may have ended as it did.
    private void end(Job job, Submission asked) {
        String ended = job.id() + " " + job.status() + " " + job.errorCode();
        switch (job.status()) {
            case "expired" -> {
                boolean passed = job.finishedAt() != null && !job.finishedAt().isBefore(job.deadline());
                if (!asked.hurried() || !passed) {
                    found(UNEXPECTED, "a job expires only when its deadline has passed", ended);
                }
            }
            case "cancelled" -> {
                if (!asked.cancelSent()) {
                    found(UNEXPECTED, "a job is cancelled only by its client", ended);
                }
            }
            case "failed" -> {
                if (!explained(job)) {
                    found(UNEXPECTED, "a job fails only for a reason", ended);
                }
            }
            default -> {
                // succeeded: what for is judged with its result
            }
        }
    }

    private boolean hasLine(Job job, Set<String> states) {
        return linesOf.getOrDefault(job.id(), List.of()).stream().anyMatch(line -> states.contains(line.state()));
    }

    private boolean explained(Job job) {
        List<Call> its = callsOf.getOrDefault(job.id(), List.of());
        if (job.errorCode().equals("worker_lost")) {
            return job.takenBack() >= MOST_DEATHS;
        }
        if (ERRORS_OF_THE_SIMULATOR.contains(job.errorCode())) {
            return hasLine(job, BAD_ENDS_OF_LINES)
                    || its.stream().anyMatch(call -> !call.status().equals("confirmed"));
        }
        return job.errorCode().startsWith("answer_")
                && (hasLine(job, Set.of("ok")) || its.stream().anyMatch(call -> executions.containsKey(call.id())));
    }

    /// Whether it keeps the right answer, and no other.
    private void result(Job job, Submission asked) {
        List<Outcome> all = outcomes.getOrDefault(job.id(), List.of());
        List<Outcome> late = all.stream().filter(Outcome::late).toList();
        long inTime = all.size() - late.size();
        boolean succeeded = job.status().equals("succeeded");
        if (succeeded && inTime == 0) {
            found(LOST, "a job that succeeded has its outcome", job.id());
        }
        if (all.size() > 1) {
            found(DUPLICATED, "a job has one outcome", job.id());
        }
        if (!succeeded && inTime > 0 && !KEEP_THE_ANSWER.contains(job.errorCode())) {
            found(UNEXPECTED, "only a job that succeeded has a result", job.id() + " is " + job.status());
        }
        if (!late.isEmpty() && !job.status().equals("expired")) {
            found(UNEXPECTED, "only a job that expired has a late result", job.id() + " is " + job.status());
        }
        if ((succeeded || !late.isEmpty())
                && all.stream().anyMatch(outcome -> !outcome.text().equals(asked.answer()))) {
            found(UNEXPECTED, "a job's answer is the one to its own prompt", job.id());
        }
        List<Call> its = callsOf.getOrDefault(job.id(), List.of());
        if (succeeded
                && !hasLine(job, Set.of("ok"))
                && its.stream().noneMatch(call -> call.status().equals("confirmed"))) {
            found(LOST, "a job that succeeded has a confirmed call, or a line that ended well", job.id());
        }
        if (job.status().equals("expired") && late.isEmpty() && hasLine(job, Set.of("ok"))) {
            found(LOST, "an answer that came after the deadline is kept", job.id());
        }
        if (job.status().equals("expired")
                && late.isEmpty()
                && its.stream().anyMatch(call -> isAnsweredAfter(call, job))) {
            found(LOST, "an answer that came after the deadline is kept", job.id());
        }
    }

    private boolean isAnsweredAfter(Call call, Job job) {
        return call.status().equals("confirmed")
                && call.endedAt() != null
                && job.finishedAt() != null
                && call.endedAt().isAfter(job.finishedAt())
                && isAnswered(call.id());
    }

    /// Each client's jobs belong to one tenant of the database, each tenant to one client, and what comes of a job to
    /// the tenant of the job.
    private void tenants() {
        var ofClient = new HashMap<String, String>();
        var ofTenant = new HashMap<String, String>();
        for (Job job : evidence.jobs()) {
            Submission asked = job.key() == null ? null : byKey.get(job.key());
            if (asked != null) {
                if (!ofClient.computeIfAbsent(asked.tenant(), _ -> job.tenant()).equals(job.tenant())) {
                    found(UNEXPECTED, "a client's jobs belong to one tenant", job.id());
                }
                if (!ofTenant.computeIfAbsent(job.tenant(), _ -> asked.tenant()).equals(asked.tenant())) {
                    found(UNEXPECTED, "a tenant's jobs come from one client", job.id());
                }
            }
        }
        evidence.calls().forEach(call -> sameTenant(call.job(), call.tenant(), call.id()));
        evidence.entries().forEach(entry -> sameTenant(entry.job(), entry.tenant(), entry.call()));
        evidence.messages().forEach(message -> sameTenant(message.job(), message.tenant(), message.id()));
        for (Arrival arrival : evidence.arrivals()) {
            Job job = jobs.get(arrival.job());
            Submission asked = job == null || job.key() == null ? null : byKey.get(job.key());
            if (asked != null && !asked.tenant().equals(arrival.tenant())) {
                found(UNEXPECTED, "a delivery goes to who asked for it", arrival.message());
            }
        }
    }

    private void sameTenant(String job, String tenant, String subject) {
        Job its = jobs.get(job);
        if (its != null && !its.tenant().equals(tenant)) {
            found(UNEXPECTED, "what comes of a job belongs to its tenant", subject);
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
        Job job = jobs.get(call.job());
        if (call.status().equals("unconfirmed")
                && isAnswered(call.id())
                && !inFlight.contains(call.id())
                && (job == null || !job.status().equals("cancelled"))) {
            found(LOST, "an answer is lost only to a fault", call.id() + " of " + call.job());
        }
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
            Submission asked = job.key() == null ? null : byKey.get(job.key());
            boolean wanted = asked != null && asked.webhook();
            if (wanted && TERMINAL.contains(job.status())) {
                told(job, byJob.getOrDefault(job.id(), List.of()), arrivals.getOrDefault(job.id(), List.of()));
            } else if (!wanted && byJob.containsKey(job.id())) {
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
        boolean open =
                messages.stream().anyMatch(message -> !message.type().equals(COST_SETTLED) && !message.costFinal());
        if (open && settled == 0 && isPriced(job)) {
            found(LOST, "a cost that was open at the end is told when it is settled", job.id());
        }
        for (Message message : messages) {
            List<Arrival> its = arrivals.stream()
                    .filter(arrival -> arrival.message().equals(message.id()))
                    .toList();
            if (its.stream().noneMatch(Checker::isTaken) || !message.delivery().equals("delivered")) {
                found(LOST, "a message is delivered", message.id() + " of " + job.id() + " is " + message.delivery());
            }
            if (message.type().equals(COST_SETTLED) && !message.costFinal()) {
                found(UNEXPECTED, "a settled cost is final", message.id() + " of " + job.id());
            }
            again(its);
            if (its.stream().anyMatch(arrival -> !arrival.sha256().equals(message.sha256()))) {
                found(UNEXPECTED, "every try sends the same bytes", message.id());
            }
            boolean told = message.type().equals(COST_SETTLED) || message.type().equals("job." + job.status());
            boolean others = its.stream()
                    .anyMatch(arrival -> !arrival.status().equals(job.status())
                            || !arrival.type().equals(message.type()));
            if (!told || others) {
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

    /// A cost without a price never becomes final.
    private boolean isPriced(Job job) {
        return callsOf.getOrDefault(job.id(), List.of()).stream()
                .flatMap(call -> ofCall(call.id()).stream())
                .allMatch(entry -> entry.usd() != null);
    }

    /// What was taken comes again only where something kept the worker from writing that down.
    private void again(List<Arrival> its) {
        its.stream()
                .filter(Checker::isTaken)
                .min(Comparator.comparing(Arrival::at))
                .filter(first -> its.stream().anyMatch(other -> other.at().isAfter(first.at())))
                .filter(first -> evidence.faults().stream().noneMatch(fault -> isNear(fault, first.at())))
                .ifPresent(first ->
                        found(DUPLICATED, "a message that was taken comes again only after a fault", first.message()));
    }

    private static boolean isTaken(Arrival arrival) {
        return arrival.answered() / 100 == 2;
    }

    private static boolean isNear(Fault fault, Instant at) {
        return fault.from().isBefore(at.plus(NEAR_A_DELIVERY)) && fault.to().isAfter(at.minus(NEAR_A_DELIVERY));
    }

    /// Counts them, and names each that nothing explains: another one was made for the job although neither a fault
    /// nor the provider had broken the one before.
    private long repeats() {
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
                .filter(job -> job.takenBack() > 0 || isFirstAnswerLost(job))
                .count();
    }

    private boolean isFirstAnswerLost(Job job) {
        Submission asked = job.key() == null ? null : byKey.get(job.key());
        return asked != null && asked.firstAnswerLost();
    }

    /// A call's row may end long after its request: what counts is how long a request may last.
    private static boolean underWay(Call call, Fault fault) {
        boolean its = fault.pid() == null || fault.pid() == call.pid();
        boolean begun = !call.begunAt().isAfter(fault.to());
        Instant longest = call.begunAt().plus(LONGEST_CALL);
        Instant end = call.endedAt() == null || call.endedAt().isAfter(longest) ? longest : call.endedAt();
        return its && begun && !end.isBefore(fault.from());
    }

    private boolean isAnswered(String call) {
        List<Execution> ran = executions.getOrDefault(call, List.of());
        return !ran.isEmpty() && ran.stream().noneMatch(Checker::isBroken);
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
