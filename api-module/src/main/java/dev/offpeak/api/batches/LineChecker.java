package dev.offpeak.api.batches;

import dev.offpeak.api.batches.BodyLines.Line;
import dev.offpeak.api.http.StrictJson;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.requests.JobRequestReader;
import dev.offpeak.api.requests.SubmitJobRequest;
import dev.offpeak.shared.batches.InvalidLine;
import dev.offpeak.shared.batches.InvalidLineRows;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.NumberedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.BulkLine;
import dev.offpeak.shared.jobs.BulkRows;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.LineEstimate;
import dev.offpeak.shared.workflows.Workflow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Makes rows of the lines of one upload: of jobs where a line can become one, else of what is wrong with it. For one
/// thread.
final class LineChecker {

    private static final int MOST_SHOWN = 10;
    private static final int LONGEST_CUSTOM_ID = 256;
    private static final int LONGEST_MESSAGE = 500;
    private static final String CUSTOM_ID = "custom_id";

    private final StrictJson json;
    private final JobRequestReader.Lines reader;
    private final JobRequestReader.Defaults defaults;
    private final LineEstimates estimates;
    private final DeadlineRisk risk;
    private final boolean bounded;
    private final NumberedIds ids;
    private final BulkRows rows;
    private final InvalidLineRows invalidRows;
    private final CustomIds customIds = new CustomIds();
    private final List<InvalidLine> firstInvalid = new ArrayList<>();
    private int accepted;
    private int invalid;
    private @Nullable Workflow first;
    private @Nullable Usd sum = Usd.ZERO;

    /// @param bounded whether the whole batch may cost only so much, which needs prices
    LineChecker(
            StrictJson json,
            JobRequestReader.Lines reader,
            JobRequestReader.Defaults defaults,
            LineEstimates estimates,
            DeadlineRisk risk,
            boolean bounded,
            NumberedIds ids,
            BulkRows rows,
            InvalidLineRows invalidRows) {
        this.json = json;
        this.reader = reader;
        this.defaults = defaults;
        this.estimates = estimates;
        this.risk = risk;
        this.bounded = bounded;
        this.ids = ids;
        this.rows = rows;
        this.invalidRows = invalidRows;
    }

    void check(Line line) throws IOException {
        if (line.blank()) {
            return;
        }
        String customId = null;
        try {
            if (line.tooLong()) {
                throw Problem.of(
                        ErrorCode.PAYLOAD_TOO_LARGE, "A line may have at most " + BodyLines.MOST_BYTES + " bytes.");
            }
            JsonNode tree = json.tree(line.bytes());
            if (!(tree instanceof ObjectNode object)) {
                throw Problem.of(ErrorCode.INVALID_REQUEST, "A line must be a JSON object.");
            }
            customId = customId(object.remove(CUSTOM_ID));
            if (!customIds.add(customId)) {
                throw Problem.at(ErrorCode.DUPLICATE_CUSTOM_ID, CUSTOM_ID, "is there twice");
            }
            accept(customId, json.value(object, SubmitJobRequest.class));
        } catch (Problem wrong) {
            refuse(line.number(), customId, wrong);
        }
    }

    private static String customId(@Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            throw Problem.at(ErrorCode.INVALID_REQUEST, CUSTOM_ID, "is required");
        }
        if (!node.isString()
                || node.stringValue().isBlank()
                || node.stringValue().length() > LONGEST_CUSTOM_ID) {
            throw Problem.at(
                    ErrorCode.INVALID_REQUEST,
                    CUSTOM_ID,
                    "must be a string of 1 to " + LONGEST_CUSTOM_ID + " characters");
        }
        return node.stringValue();
    }

    private void accept(String customId, SubmitJobRequest request) throws IOException {
        JobSubmission job = reader.read(new JobId(ids.of(accepted)), request, defaults);
        Workflow workflow = reader.workflow(job.workflow());
        LineEstimate estimate = estimates.of(job, workflow);
        Usd usd = estimate.usd();
        if (usd == null && bounded) {
            throw Problem.of(
                    ErrorCode.UNKNOWN_MODEL,
                    workflow.definition().model(job.tier()).model()
                            + " has no price, so nothing of it can be sent under max_cost_usd.");
        }
        Usd ownLimit = job.request().maxCost();
        if (usd != null && ownLimit != null && usd.compareTo(ownLimit) > 0) {
            throw Problem.at(ErrorCode.MAX_COST_EXCEEDED, "max_cost_usd", "is below " + usd + ", the most it can cost");
        }
        rows.write(new BulkLine(job, customId, estimate));
        note(job, workflow);
        sum = sum == null || usd == null ? null : sum.plus(usd);
        first = first == null ? workflow : first;
        accepted++;
    }

    private void note(JobSubmission job, Workflow workflow) {
        var model = workflow.definition().model(job.tier());
        risk.add(model, estimates.calledAlone(job, model), estimates.deadline(job));
    }

    private void refuse(int number, @Nullable String customId, Problem wrong) throws IOException {
        String message = wrong.detail().replace("The body", "The line");
        var line = new InvalidLine(
                number,
                customId,
                wrong.code().wire(),
                message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE));
        invalidRows.write(line);
        invalid++;
        if (firstInvalid.size() < MOST_SHOWN) {
            firstInvalid.add(line);
        }
    }

    int accepted() {
        return accepted;
    }

    int invalid() {
        return invalid;
    }

    List<InvalidLine> firstInvalid() {
        return firstInvalid;
    }

    /// Of the first line that can become a job; null where there is none.
    @Nullable Workflow first() {
        return first;
    }

    /// The most that all may cost, each by the way that is open to it; null where a model has no price.
    @Nullable Usd estimate() {
        return sum;
    }
}
