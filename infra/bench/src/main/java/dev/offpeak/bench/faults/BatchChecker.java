package dev.offpeak.bench.faults;

import static dev.offpeak.bench.faults.Violation.Word.DUPLICATED;
import static dev.offpeak.bench.faults.Violation.Word.LOST;
import static dev.offpeak.bench.faults.Violation.Word.UNEXPECTED;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.offpeak.bench.faults.BatchEvidence.Bulk;
import dev.offpeak.bench.faults.BatchEvidence.Line;
import dev.offpeak.bench.faults.BatchEvidence.ProviderBatch;
import dev.offpeak.bench.faults.BatchEvidence.Remote;
import dev.offpeak.bench.faults.BatchEvidence.Results;
import dev.offpeak.bench.faults.BatchEvidence.Told;
import dev.offpeak.bench.faults.BatchEvidence.Twin;
import dev.offpeak.bench.faults.BatchEvidence.Upload;
import dev.offpeak.bench.faults.Evidence.Arrival;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Says, row by row, whether bulk work and batches at providers kept what must never break: each intent is one batch at
/// the provider but for declared, cancelled twins; each accepted line has one result; each bulk ends and says so. What
/// was billed is judged by [LineBills].
final class BatchChecker {

    private static final Set<String> TERMINAL = Set.of("completed", "failed", "cancelled", "expired");
    private static final Set<String> OVER = Set.of("reconciled", "abandoned");
    private static final Set<String> UNDER_WAY = Set.of("assigned", "sent");

    private final BatchEvidence evidence;
    private final List<Violation> violations = new ArrayList<>();

    private BatchChecker(Evidence all) {
        this.evidence = all.batches();
    }

    static List<Violation> check(Evidence evidence) {
        var checker = new BatchChecker(evidence);
        checker.uploads();
        checker.bulks();
        checker.intents();
        checker.lines();
        LineBills.check(evidence, checker.violations::add);
        checker.messages();
        return checker.violations;
    }

    private void uploads() {
        Map<String, Bulk> bulks = evidence.bulks().stream().collect(toMap(Bulk::id, bulk -> bulk, (one, _) -> one));
        Map<String, List<Bulk>> byName = evidence.bulks().stream().collect(groupingBy(Bulk::name));
        for (Upload upload : evidence.uploads()) {
            if (upload.refused()) {
                found(UNEXPECTED, "a good upload is not refused", upload.name());
            } else if (upload.ids().isEmpty()) {
                found(LOST, "every upload is answered", upload.name());
            }
            if (upload.ids().size() > 1) {
                found(DUPLICATED, "a key answers with one bulk", upload.name() + " " + upload.ids());
            }
            if (byName.getOrDefault(upload.name(), List.of()).size() > 1) {
                found(DUPLICATED, "a key makes one bulk", upload.name());
            }
            for (String id : upload.ids()) {
                Bulk bulk = bulks.get(id);
                if (bulk == null) {
                    found(LOST, "an acknowledged bulk is in the database", id);
                } else {
                    whole(upload, bulk);
                }
            }
            if (!upload.ids().isEmpty()) {
                results(upload);
            }
        }
    }

    private void whole(Upload upload, Bulk bulk) {
        if (bulk.total() != upload.lines() || bulk.jobs() != upload.lines()) {
            found(
                    LOST,
                    "a bulk has all its lines",
                    bulk.id() + " has " + bulk.jobs() + " and says " + bulk.total() + " of " + upload.lines());
        }
        if (bulk.status().equals("cancelled") && !upload.cancelSent()) {
            found(UNEXPECTED, "a bulk is cancelled only by its client", bulk.id());
        }
    }

    private void results(Upload upload) {
        Results results = upload.results();
        if (results == null) {
            found(LOST, "a bulk's results can be read", upload.name());
            return;
        }
        if (results.missing() > 0 || results.unfinished() > 0) {
            found(LOST, "each accepted line has one result", upload.name() + " " + results);
        }
        if (results.repeated() > 0) {
            found(DUPLICATED, "each accepted line has one result", upload.name() + " " + results);
        }
        if (results.unknown() > 0) {
            found(UNEXPECTED, "a result is of a line of its bulk", upload.name() + " " + results);
        }
    }

    private void bulks() {
        Set<String> names = evidence.uploads().stream().map(Upload::name).collect(toSet());
        for (Bulk bulk : evidence.bulks()) {
            if (!TERMINAL.contains(bulk.status())) {
                found(LOST, "a bulk ends", bulk.id() + " is " + bulk.status());
            }
            if (!names.contains(bulk.name())) {
                found(UNEXPECTED, "a bulk was uploaded", bulk.id());
            }
        }
    }

    /// Batches at the simulator against what we meant.
    private void intents() {
        Set<String> twins = evidence.twins().stream().map(Twin::remoteId).collect(toSet());
        Set<String> remotes = evidence.remotes().stream().map(Remote::id).collect(toSet());
        var meant = new TreeSet<String>();
        for (ProviderBatch batch : evidence.providerBatches()) {
            if (!OVER.contains(batch.state())) {
                found(LOST, "a provider batch comes to its end", batch.id() + " is " + batch.state());
            }
            String remote = batch.remoteId();
            if (remote == null) {
                continue;
            }
            if (!meant.add(remote)) {
                found(UNEXPECTED, "a batch at the provider belongs to one of ours", remote);
            }
            if (!remotes.contains(remote)) {
                found(LOST, "what we say was created is at the provider", batch.id() + " " + remote);
            }
        }
        for (Remote remote : evidence.remotes()) {
            if (!meant.contains(remote.id()) && !twins.contains(remote.id())) {
                found(
                        DUPLICATED,
                        "a batch at the provider is an intent of ours or a declared twin",
                        remote.id() + " " + remote.status() + ", lines run: " + remote.executed());
            }
        }
        for (Twin twin : evidence.twins()) {
            if (!twin.cancelled()) {
                found(UNEXPECTED, "a twin is cancelled", twin.batch() + " " + twin.remoteId());
            }
            if (!remotes.contains(twin.remoteId()) || meant.contains(twin.remoteId())) {
                found(UNEXPECTED, "a twin is a batch beyond the one that counts", twin.remoteId());
            }
        }
    }

    private void lines() {
        for (Line line : evidence.lines()) {
            if (UNDER_WAY.contains(line.state())) {
                found(LOST, "a line comes to its end", line.customId() + " is " + line.state());
            }
        }
    }

    private void messages() {
        Map<String, List<Told>> messages = evidence.messages().stream().collect(groupingBy(Told::bulk));
        Map<String, List<Arrival>> arrivals = evidence.arrivals().stream().collect(groupingBy(Arrival::message));
        Map<String, Upload> uploads =
                evidence.uploads().stream().collect(toMap(Upload::name, upload -> upload, (one, _) -> one));
        for (Bulk bulk : evidence.bulks()) {
            Upload upload = uploads.get(bulk.name());
            List<Told> its = messages.getOrDefault(bulk.id(), List.of());
            if (upload == null || !TERMINAL.contains(bulk.status())) {
                continue;
            }
            if (upload.webhook() && its.isEmpty()) {
                found(LOST, "a bulk's end has its message", bulk.id());
            } else if (!upload.webhook() && !its.isEmpty()) {
                found(UNEXPECTED, "only who asked is told of a bulk's end", bulk.id());
            } else if (its.size() > 1) {
                found(DUPLICATED, "a bulk's end has one message", bulk.id());
            }
            for (Told message : its) {
                told(bulk, upload, message, arrivals.getOrDefault(message.id(), List.of()));
            }
        }
        evidence.arrivals().stream()
                .filter(arrival -> !arrival.signed())
                .forEach(arrival -> found(UNEXPECTED, "a delivery is signed", arrival.message()));
    }

    private void told(Bulk bulk, Upload upload, Told message, List<Arrival> arrivals) {
        boolean taken = arrivals.stream().anyMatch(arrival -> arrival.answered() / 100 == 2);
        if (!taken || !message.delivery().equals("delivered")) {
            found(LOST, "a message is delivered", message.id() + " of " + bulk.id() + " is " + message.delivery());
        }
        if (!message.type().equals("batch." + bulk.status())) {
            found(UNEXPECTED, "a message says what the database says", message.id() + " of " + bulk.id());
        }
        for (Arrival arrival : arrivals) {
            if (!arrival.sha256().equals(message.sha256()) || !arrival.type().equals(message.type())) {
                found(UNEXPECTED, "every try sends the same bytes", message.id());
            }
            if (!arrival.tenant().equals(upload.tenant())) {
                found(UNEXPECTED, "a delivery goes to who asked for it", message.id());
            }
        }
    }

    private void found(Violation.Word word, String rule, String subject) {
        violations.add(new Violation(word, rule, subject));
    }
}
