package dev.offpeak.bench.faults;

import dev.offpeak.bench.Json;
import dev.offpeak.bench.Simulator;
import dev.offpeak.bench.faults.Evidence.Arrival;
import dev.offpeak.bench.faults.Evidence.Call;
import dev.offpeak.bench.faults.Evidence.End;
import dev.offpeak.bench.faults.Evidence.Entry;
import dev.offpeak.bench.faults.Evidence.Execution;
import dev.offpeak.bench.faults.Evidence.Fault;
import dev.offpeak.bench.faults.Evidence.Job;
import dev.offpeak.bench.faults.Evidence.Message;
import dev.offpeak.bench.faults.Evidence.Outcome;
import dev.offpeak.bench.faults.Evidence.Submission;
import dev.offpeak.bench.faults.Evidence.Tokens;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Hears the three witnesses.
final class Testimony {

    private Testimony() {}

    static Evidence of(Path history, Connection database, Simulator simulator) throws IOException, SQLException {
        List<JsonNode> lines = History.read(history);
        database.setAutoCommit(false);
        database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        database.setReadOnly(true);
        return new Evidence(
                submissions(lines),
                faults(lines),
                ends(lines),
                arrivals(lines),
                jobs(database),
                outcomes(database),
                calls(database),
                entries(database),
                messages(database),
                executions(simulator),
                BatchTestimony.of(lines, database, simulator));
    }

    private static List<Submission> submissions(List<JsonNode> lines) {
        var asked = new LinkedHashMap<String, JsonNode>();
        var uploads = new LinkedHashMap<String, JsonNode>();
        var ids = new HashMap<String, Set<String>>();
        var refused = new HashSet<String>();
        var firstAnswerLost = new HashSet<String>();
        var cancelSent = new HashSet<String>();
        var cancelled = new HashSet<String>();
        for (JsonNode line : lines) {
            String key = text(line, "key");
            switch (text(line, "what")) {
                case "submit" -> asked.put(key, line);
                case "upload" -> uploads.put(key, line);
                case "upload cancelling" -> cancelSent.add(key);
                case "acknowledged" -> {
                    if (!ids.containsKey(key) && yes(line, "replayed")) {
                        firstAnswerLost.add(key);
                    }
                    ids.computeIfAbsent(key, _ -> new HashSet<>()).add(text(line, "id"));
                }
                case "refused" -> refused.add(key);
                case "cancelling" -> cancelSent.add(key);
                case "cancel" -> {
                    if (text(line, "status").equals("200")) {
                        cancelled.add(key);
                    }
                }
                default -> {
                    // no client's
                }
            }
        }
        var submissions = new ArrayList<Submission>();
        uploads.forEach((name, upload) -> {
            for (int number = 0; number < Integer.parseInt(text(upload, "lines")); number++) {
                submissions.add(lineOf(upload, name, number, cancelSent.contains(name)));
            }
        });
        asked.entrySet().stream()
                .map(entry -> new Submission(
                        entry.getKey(),
                        text(entry.getValue(), "tenant"),
                        yes(entry.getValue(), "webhook"),
                        yes(entry.getValue(), "hurried"),
                        text(entry.getValue(), "answer"),
                        ids.getOrDefault(entry.getKey(), Set.of()),
                        refused.contains(entry.getKey()),
                        firstAnswerLost.contains(entry.getKey()),
                        cancelSent.contains(entry.getKey()),
                        cancelled.contains(entry.getKey()),
                        yes(entry.getValue(), "waits"),
                        ""))
                .forEach(submissions::add);
        return submissions;
    }

    /// A line of an upload: nobody is told its job's id, but its key is that of the job.
    private static Submission lineOf(JsonNode upload, String name, int number, boolean cancelSent) {
        String key = Uploads.key(name, number);
        return new Submission(
                key,
                text(upload, "tenant"),
                yes(upload, "lineWebhooks"),
                false,
                Uploads.answer(key, Long.parseLong(text(upload, "seed"))),
                Set.of(),
                false,
                false,
                cancelSent,
                false,
                true,
                name);
    }

    /// What was done to all for a while, and each end of a process by signal 9.
    private static List<Fault> faults(List<JsonNode> lines) {
        var faults = new ArrayList<Fault>();
        var open = new HashMap<String, JsonNode>();
        for (JsonNode line : lines) {
            Instant at = Instant.parse(text(line, "at"));
            switch (text(line, "what")) {
                case "begin" -> open.put(text(line, "fault"), line);
                case "end" -> {
                    JsonNode begin = open.remove(text(line, "fault"));
                    if (begin != null) {
                        String pid = text(begin, "pid");
                        faults.add(new Fault(
                                text(begin, "name"),
                                Instant.parse(text(begin, "at")),
                                at,
                                pid.isEmpty() ? null : Long.valueOf(pid),
                                yes(begin, "breaks")));
                    }
                }
                case "ended" -> faults.add(new Fault("ended", at, at, Long.valueOf(text(line, "pid")), true));
                default -> {
                    // no fault
                }
            }
        }
        return faults;
    }

    private static List<End> ends(List<JsonNode> lines) {
        return lines.stream()
                .filter(line -> text(line, "what").equals("ended"))
                .map(line -> new End(
                        text(line, "member"),
                        Long.parseLong(text(line, "pid")),
                        Integer.parseInt(text(line, "exit")),
                        yes(line, "ready"),
                        Evidence.Cause.valueOf(text(line, "cause"))))
                .toList();
    }

    private static List<Arrival> arrivals(List<JsonNode> lines) {
        return arrivals(lines, false);
    }

    /// @param ofBatches those of a bulk's end, else all others
    static List<Arrival> arrivals(List<JsonNode> lines, boolean ofBatches) {
        return lines.stream()
                .filter(line -> text(line, "what").equals("arrived"))
                .filter(line -> text(line, "type").startsWith("batch.") == ofBatches)
                .map(line -> new Arrival(
                        Instant.parse(text(line, "at")),
                        text(line, "tenant"),
                        text(line, "message"),
                        text(line, "job"),
                        text(line, "type"),
                        text(line, "status"),
                        text(line, "sha256"),
                        yes(line, "signed"),
                        Integer.parseInt(text(line, "answered"))))
                .toList();
    }

    private static List<Job> jobs(Connection database) throws SQLException {
        return rows(
                database,
                """
                SELECT job.id, input.metadata ->> 'key' AS key, job.tenant_id, job.status,
                       coalesce(job.error_code, '') AS error_code, input.webhook_url IS NOT NULL AS webhook,
                       job.taken_back, job.created_at, job.deadline, job.finished_at
                  FROM job
                  LEFT JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
                """,
                row -> new Job(
                        Ids.text("job", uuid(row, "id")),
                        row.getString("key"),
                        row.getString("tenant_id"),
                        row.getString("status"),
                        row.getString("error_code"),
                        row.getBoolean("webhook"),
                        row.getInt("taken_back"),
                        time(row, "created_at"),
                        time(row, "deadline"),
                        timeOrNull(row, "finished_at")));
    }

    /// A job that failed may have a row that keeps nothing: that one is no outcome.
    private static List<Outcome> outcomes(Connection database) throws SQLException {
        return rows(
                database,
                """
                SELECT job_id, late, coalesce(result_text, '') AS text FROM job_outcome WHERE kind IS NOT NULL
                """,
                row -> new Outcome(
                        Ids.text("job", uuid(row, "job_id")), row.getBoolean("late"), row.getString("text")));
    }

    private static List<Call> calls(Connection database) throws SQLException {
        return rows(
                database,
                """
                SELECT call.id, call.job_id, call.tenant_id, worker.pid, call.status, call.begun_at, call.ended_at
                  FROM call LEFT JOIN worker ON worker.id = call.worker_id
                """,
                row -> new Call(
                        Ids.text("call", uuid(row, "id")),
                        Ids.text("job", uuid(row, "job_id")),
                        row.getString("tenant_id"),
                        row.getLong("pid"),
                        row.getString("status"),
                        time(row, "begun_at"),
                        timeOrNull(row, "ended_at")));
    }

    private static List<Entry> entries(Connection database) throws SQLException {
        return rows(
                database,
                """
                SELECT * FROM ledger_entry
                 WHERE source = 'call'
                    OR source = 'correction' AND source_id IN (SELECT id FROM call)
                """,
                row -> new Entry(
                        row.getString("source"),
                        Ids.text("call", uuid(row, "source_id")),
                        Ids.text("job", uuid(row, "job_id")),
                        row.getString("tenant_id"),
                        row.getString("status"),
                        row.getString("model"),
                        tokens(row),
                        row.getBigDecimal("billed_usd"),
                        row.getBoolean("overlap")));
    }

    private static List<Message> messages(Connection database) throws SQLException {
        return rows(
                database,
                """
                SELECT m.id, m.job_id, m.tenant, m.type, m.payload, coalesce(d.status, 'without a delivery') AS delivery
                  FROM webhook_message m
                  LEFT JOIN webhook_delivery d ON d.message_id = m.id AND d.job_created_at = m.job_created_at
                 WHERE m.type NOT LIKE 'batch.%'
                """,
                row -> new Message(
                        Ids.text("msg", uuid(row, "id")),
                        Ids.text("job", uuid(row, "job_id")),
                        row.getString("tenant"),
                        row.getString("type"),
                        Receiver.sha256(row.getBytes("payload")),
                        row.getString("delivery"),
                        Json.parse(row.getBytes("payload"))
                                .path("data")
                                .path("cost")
                                .path("final")
                                .asBoolean(false)));
    }

    private static List<Execution> executions(Simulator simulator) {
        var calls = new ArrayList<Execution>();
        simulator.eachExecution(line -> {
            if (text(line, "batch_id").isEmpty()) {
                calls.add(execution(line));
            }
        });
        return calls;
    }

    private static Execution execution(JsonNode line) {
        return new Execution(
                text(line, "client_request_id"), text(line, "model"), tokens(line), usd(line), text(line, "outcome"));
    }

    static Tokens tokens(JsonNode line) {
        JsonNode usage = line.path("usage");
        return new Tokens(
                usage.path("input").asLong(),
                usage.path("cached_input").asLong(),
                usage.path("cache_write_5m").asLong(),
                usage.path("cache_write_1h").asLong(),
                usage.path("output").asLong());
    }

    static @Nullable BigDecimal usd(JsonNode line) {
        String usd = text(line, "usd");
        return usd.isEmpty() ? null : new BigDecimal(usd);
    }

    static Tokens tokens(ResultSet row) throws SQLException {
        return new Tokens(
                row.getLong("input_tokens"),
                row.getLong("cached_input_tokens"),
                row.getLong("cache_write_5m_tokens"),
                row.getLong("cache_write_1h_tokens"),
                row.getLong("output_tokens"));
    }

    static String text(JsonNode line, String name) {
        return line.path(name).asString("");
    }

    static boolean yes(JsonNode line, String name) {
        return text(line, name).equals("true");
    }

    static UUID uuid(ResultSet row, String column) throws SQLException {
        return row.getObject(column, UUID.class);
    }

    static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant timeOrNull(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    @FunctionalInterface
    interface Mapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    static <T> List<T> rows(Connection database, String sql, Mapper<T> mapper) throws SQLException {
        try (var statement = database.createStatement();
                var row = statement.executeQuery(sql)) {
            var rows = new ArrayList<T>();
            while (row.next()) {
                rows.add(mapper.map(row));
            }
            return rows;
        }
    }
}
