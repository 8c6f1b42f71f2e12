package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.ledger.Receipt;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Turns rows of job, input and outcome into views. What the job cost comes from the ledger, never from the job.
final class JobRow {

    /// The columns that [#read] reads, results whole.
    static final String SELECT = """
            SELECT job.*, input.metadata, input.tags, input.custom_id, outcome.kind AS result_kind, outcome.result_text, outcome.result_json,
                   outcome.finish_reason, coalesce(outcome.late, false) AS late, false AS result_omitted
              FROM job
              JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
              LEFT JOIN job_outcome outcome ON outcome.job_id = job.id AND outcome.job_created_at = job.created_at
            """;

    /// The same, but large results stay where they are: their size is known without reading them.
    static final String SELECT_FOR_LISTS = """
            SELECT job.*, input.metadata, input.tags, outcome.finish_reason, coalesce(outcome.late, false) AS late,
                   size.large AS result_omitted,
                   CASE WHEN NOT size.large THEN outcome.kind END AS result_kind,
                   CASE WHEN NOT size.large THEN outcome.result_text END AS result_text,
                   CASE WHEN NOT size.large THEN outcome.result_json END AS result_json
              FROM job
              JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
              LEFT JOIN job_outcome outcome ON outcome.job_id = job.id AND outcome.job_created_at = job.created_at
             CROSS JOIN LATERAL (
                   SELECT coalesce(octet_length(outcome.result_text), pg_column_size(outcome.result_json), 0) > %d AS large
                   ) size
            """.formatted(JobStore.MOST_LISTED_BYTES);

    private static final TypeReference<Map<String, String>> METADATA = new TypeReference<>() {};

    private final JsonMapper json = JsonMapper.builder().build();

    /// A view that still lacks what the ledger knows.
    record Unpriced(JobId id, long version, Function<Receipt, JobView> view) {}

    Unpriced read(ResultSet row) throws SQLException {
        var id = new JobId(row.getObject("id", UUID.class));
        UUID batch = row.getObject("batch_id", UUID.class);
        JobView.Result result = result(row);
        boolean late = row.getBoolean("late");
        List<LaneReason> reasons = Arrays.stream(
                        (String[]) row.getArray("lane_reasons").getArray())
                .map(LaneReason::ofStored)
                .toList();
        JobView bare = new JobView(
                id.toString(),
                "job",
                row.getString("type"),
                row.getString("status"),
                row.getString("wait_reason"),
                row.getString("workflow"),
                row.getString("user_ref"),
                row.getString("feature"),
                batch == null ? null : new BatchId(batch).toString(),
                row.getString("lane"),
                row.getString("provider"),
                row.getString("model"),
                row.getString("tier"),
                late ? null : result,
                late ? result : null,
                row.getBoolean("result_omitted") ? Boolean.TRUE : null,
                null,
                failure(row),
                JobView.Cache.NONE,
                tokens(Receipt.NOTHING),
                cost(Receipt.NOTHING, false, reasons),
                row.getInt("attempts"),
                time(row, "created_at"),
                timeOrNull(row, "started_at"),
                timeOrNull(row, "finished_at"),
                time(row, "deadline"),
                List.of((String[]) row.getArray("tags").getArray()),
                json.readValue(row.getString("metadata"), METADATA),
                JobView.Links.of(id.toString()));
        boolean ended = JobStatus.ofWire(row.getString("status")).terminal();
        return new Unpriced(
                id, row.getLong("row_version"), receipt -> bare.with(tokens(receipt), cost(receipt, ended, reasons)));
    }

    private JobView.@Nullable Result result(ResultSet row) throws SQLException {
        String kind = row.getString("result_kind");
        if (kind == null) {
            return null;
        }
        String parsed = row.getString("result_json");
        return new JobView.Result(
                kind,
                row.getString("result_text"),
                parsed == null ? null : json.readTree(parsed),
                row.getString("finish_reason"));
    }

    private static JobView.@Nullable Failure failure(ResultSet row) throws SQLException {
        String code = row.getString("error_code");
        if (code == null) {
            return null;
        }
        ErrorCode error = ErrorCode.ofWire(code);
        String message = row.getString("error_message");
        return new JobView.Failure(code, message == null ? error.title() : message, error.retryable());
    }

    private static JobView.Tokens tokens(Receipt receipt) {
        var usage = receipt.usage();
        return new JobView.Tokens(
                usage.inputTokens(),
                usage.cachedInputTokens(),
                usage.cacheWrite5mTokens() + usage.cacheWrite1hTokens(),
                usage.outputTokens());
    }

    /// What a job costs is final once it has ended and nothing of it is open.
    private static JobView.Cost cost(Receipt receipt, boolean ended, List<LaneReason> reasons) {
        List<JobView.Cost.Line> lines = receipt.lines().stream()
                .map(line -> new JobView.Cost.Line(line.kind(), line.usd().toString()))
                .toList();
        return receipt.complete()
                ? new JobView.Cost(
                        receipt.billed().toString(),
                        receipt.list().toString(),
                        receipt.saved().toString(),
                        ended && receipt.last(),
                        false,
                        lines,
                        reasons)
                : new JobView.Cost(null, null, null, false, true, lines, reasons);
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant timeOrNull(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
