package dev.offpeak.api.batches;

import dev.offpeak.api.http.StrictJson;
import dev.offpeak.api.problems.FieldError;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.requests.JobRequestReader;
import dev.offpeak.shared.batches.BatchStore;
import dev.offpeak.shared.batches.InvalidLineRows;
import dev.offpeak.shared.batches.NewBatch;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.NumberedIds;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.jobs.BulkRows;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.lanes.Capacity;
import dev.offpeak.shared.ledger.PriceBook;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Workflow;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Turns a body that has arrived into rows, line by line, without a transaction.
final class UploadChecks {

    private final BatchSettings settings;
    private final BatchStore batches;
    private final JobRequestReader reader;
    private final StrictJson json;
    private final PriceBook prices;
    private final Function<ModelChoice, Optional<Duration>> neededByLine;
    private final BiFunction<ModelChoice, Duration, Optional<Capacity>> capacity;
    private final int places;
    private final IdGenerator ids;

    /// @param neededByLine the time that a provider batch of a model needs; empty where there is none
    /// @param capacity of direct calls to a model, for who has so much time
    /// @param places how many lines of a batch are called one by one at once
    UploadChecks(
            BatchSettings settings,
            BatchStore batches,
            JobRequestReader reader,
            StrictJson json,
            PriceBook prices,
            Function<ModelChoice, Optional<Duration>> neededByLine,
            BiFunction<ModelChoice, Duration, Optional<Capacity>> capacity,
            int places,
            IdGenerator ids) {
        this.settings = settings;
        this.batches = batches;
        this.reader = reader;
        this.json = json;
        this.prices = prices;
        this.neededByLine = neededByLine;
        this.capacity = capacity;
        this.places = places;
        this.ids = ids;
    }

    /// What is wrong with an order is better said before its body is read.
    ///
    /// @throws Problem where its workflow cannot be used
    void check(TenantId tenant, BatchOrder order) {
        if (order.workflow() != null) {
            reader.lines(tenant).workflow(order.workflow());
        }
    }

    /// @throws Problem where no line can become a job, or the order is strict and one cannot
    CheckedUpload check(TenantId tenant, BatchOrder order, SpoolFile body) throws IOException {
        var jobs = SpoolFile.in(settings.spoolDirectory());
        var inputs = SpoolFile.in(settings.spoolDirectory());
        var invalid = SpoolFile.in(settings.spoolDirectory());
        var files = new Files(jobs, inputs, invalid);
        try {
            return check(tenant, order, body.in(), files);
        } catch (IOException | RuntimeException | Error e) {
            try (jobs;
                    inputs;
                    invalid) {
                throw e;
            }
        }
    }

    private record Files(SpoolFile jobs, SpoolFile inputs, SpoolFile invalid) {}

    private CheckedUpload check(TenantId tenant, BatchOrder order, InputStream body, Files files) throws IOException {
        var id = new BatchId(ids.next());
        Instant now = batches.now();
        var lines = reader.lines(tenant);
        Workflow named = order.workflow() == null ? null : lines.workflow(order.workflow());
        Instant deadline = deadline(order.deadline(), named, now);
        var risk = new DeadlineRisk(now, capacity, places);
        var checker = new LineChecker(
                json,
                lines,
                new JobRequestReader.Defaults(
                        order.workflow(), new Deadline.At(deadline), order.lineWebhooks() ? order.webhook() : null),
                new LineEstimates(prices, now, neededByLine),
                risk,
                order.maxCost() != null,
                new NumberedIds(ids.next()),
                new BulkRows(
                        id, now, deadline, files.jobs().out(), files.inputs().out()),
                new InvalidLineRows(id, files.invalid().out()));
        var bodyLines = new BodyLines(body);
        for (var line = bodyLines.next(); line != null; line = bodyLines.next()) {
            checker.check(line);
        }
        refuseUnusable(order, checker);
        Workflow workflow = named == null ? Objects.requireNonNull(checker.first()) : named;
        return new CheckedUpload(
                new NewBatch(
                        id,
                        tenant,
                        workflow.name(),
                        workflow.version(),
                        checker.accepted(),
                        checker.invalid(),
                        checker.estimate(),
                        order.maxCost(),
                        order.webhook(),
                        order.lineWebhooks(),
                        order.metadata(),
                        now,
                        deadline),
                risk.said(),
                checker.firstInvalid(),
                files.jobs(),
                files.inputs(),
                files.invalid());
    }

    private Instant deadline(@Nullable Deadline asked, @Nullable Workflow named, Instant now) {
        return switch (asked) {
            case Deadline.At at -> at.instant();
            case Deadline.In in -> now.plus(in.duration());
            case null -> now.plus(byDefault(named));
        };
    }

    /// Bulk work waits unless it says otherwise: minutes would leave no time for a provider batch.
    private Duration byDefault(@Nullable Workflow named) {
        return named == null || named.definition().deadline().compareTo(settings.deadline()) < 0
                ? settings.deadline()
                : named.definition().deadline();
    }

    private static void refuseUnusable(BatchOrder order, LineChecker checker) {
        if (checker.accepted() + checker.invalid() == 0) {
            throw Problem.of(ErrorCode.INVALID_REQUEST, "The upload has no lines.");
        }
        if (checker.accepted() == 0 || (order.strict() && checker.invalid() > 0)) {
            List<FieldError> errors = checker.firstInvalid().stream()
                    .map(line -> new FieldError("line " + line.line(), line.code() + ": " + line.message()))
                    .toList();
            throw Problem.of(ErrorCode.INVALID_LINES, errors);
        }
    }
}
