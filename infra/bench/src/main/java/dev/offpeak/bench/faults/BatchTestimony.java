package dev.offpeak.bench.faults;

import static dev.offpeak.bench.faults.Testimony.rows;
import static dev.offpeak.bench.faults.Testimony.text;
import static dev.offpeak.bench.faults.Testimony.uuid;
import static dev.offpeak.bench.faults.Testimony.yes;

import dev.offpeak.bench.Simulator;
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
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// Hears the three witnesses about bulk work and batches at providers.
final class BatchTestimony {

    private BatchTestimony() {}

    static BatchEvidence of(List<JsonNode> history, Connection database, Simulator simulator) throws SQLException {
        return new BatchEvidence(
                uploads(history),
                bulks(database),
                providerBatches(database),
                lines(database),
                twins(database),
                simulator.batches().stream()
                        .map(line -> new Remote(
                                text(line, "id"),
                                text(line, "status"),
                                line.path("executed").asLong()))
                        .toList(),
                ran(simulator),
                bills(database),
                rescued(database),
                messages(database),
                Testimony.arrivals(history, true));
    }

    private static List<Upload> uploads(List<JsonNode> history) {
        var sent = new LinkedHashMap<String, JsonNode>();
        var ids = new HashMap<String, Set<String>>();
        var refused = new HashSet<String>();
        var cancelSent = new HashSet<String>();
        Map<String, Results> results = new HashMap<>();
        for (JsonNode line : history) {
            String key = text(line, "key");
            switch (text(line, "what")) {
                case "upload" -> sent.put(key, line);
                case "upload acknowledged" ->
                    ids.computeIfAbsent(key, _ -> new HashSet<>()).add(text(line, "id"));
                case "upload refused" -> refused.add(key);
                case "upload cancelling" -> cancelSent.add(key);
                case "upload results" -> results.put(key, results(line));
                default -> {
                    // of something else
                }
            }
        }
        return sent.entrySet().stream()
                .map(entry -> new Upload(
                        entry.getKey(),
                        text(entry.getValue(), "tenant"),
                        Integer.parseInt(text(entry.getValue(), "lines")),
                        yes(entry.getValue(), "webhook"),
                        ids.getOrDefault(entry.getKey(), Set.of()),
                        refused.contains(entry.getKey()),
                        cancelSent.contains(entry.getKey()),
                        results.get(entry.getKey())))
                .toList();
    }

    private static Results results(JsonNode line) {
        return new Results(
                Integer.parseInt(text(line, "missing")),
                Integer.parseInt(text(line, "repeated")),
                Integer.parseInt(text(line, "unknown")),
                Integer.parseInt(text(line, "unfinished")));
    }

    private static List<Bulk> bulks(Connection database) throws SQLException {
        return rows(
                database,
                """
                SELECT batch.id, batch.tenant_id, batch.status, batch.total, count(job.id) AS jobs,
                       coalesce(min(input.custom_id), '') AS custom_id
                  FROM batch
                  LEFT JOIN job ON job.batch_id = batch.id
                  LEFT JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
                 GROUP BY batch.id
                """,
                row -> new Bulk(
                        Ids.text("bat", uuid(row, "id")),
                        Uploads.nameOf(row.getString("custom_id")),
                        row.getString("tenant_id"),
                        row.getString("status"),
                        row.getInt("total"),
                        row.getInt("jobs")));
    }

    private static List<ProviderBatch> providerBatches(Connection database) throws SQLException {
        return rows(
                database,
                "SELECT id, state, remote_id, ended_as, primer_of IS NOT NULL AS primer FROM provider_batch",
                row -> new ProviderBatch(
                        Ids.text("pb", uuid(row, "id")),
                        row.getString("state"),
                        row.getString("remote_id"),
                        row.getString("ended_as"),
                        row.getBoolean("primer")));
    }

    private static List<Line> lines(Connection database) throws SQLException {
        return rows(
                database,
                "SELECT provider_batch_id, number, job_id, state FROM provider_batch_line",
                row -> new Line(
                        Ids.text("pb", uuid(row, "provider_batch_id")) + "-" + row.getInt("number"),
                        job(row),
                        row.getString("state")));
    }

    private static List<Twin> twins(Connection database) throws SQLException {
        return rows(
                database,
                "SELECT provider_batch_id, remote_id, cancelled_at IS NOT NULL AS cancelled FROM provider_batch_twin",
                row -> new Twin(
                        Ids.text("pb", uuid(row, "provider_batch_id")),
                        row.getString("remote_id"),
                        row.getBoolean("cancelled")));
    }

    private static List<Ran> ran(Simulator simulator) {
        var ran = new ArrayList<Ran>();
        simulator.eachExecution(line -> {
            if (!text(line, "batch_id").isEmpty()) {
                ran.add(new Ran(
                        new Unit(text(line, "batch_id"), text(line, "custom_id")),
                        text(line, "model"),
                        Testimony.tokens(line),
                        Testimony.usd(line),
                        text(line, "outcome")));
            }
        });
        return ran;
    }

    /// Everything in the ledger that is neither a call nor the correction of one.
    private static List<Bill> bills(Connection database) throws SQLException {
        Map<UUID, Unit> units = units(database);
        return rows(
                database,
                """
                SELECT * FROM ledger_entry
                 WHERE source = 'line'
                    OR source = 'correction' AND source_id NOT IN (SELECT id FROM call)
                """,
                row -> new Bill(
                        units.getOrDefault(uuid(row, "source_id"), Unit.UNKNOWN),
                        job(row),
                        row.getString("status"),
                        row.getBoolean("overlap"),
                        row.getString("model"),
                        Testimony.tokens(row),
                        row.getBigDecimal("billed_usd")));
    }

    /// What the keys of the ledger's rows stand for: a line's own id, and names made of twin and primer.
    private static Map<UUID, Unit> units(Connection database) throws SQLException {
        var units = new HashMap<UUID, Unit>();
        rows(database, """
                SELECT line.id, line.provider_batch_id, line.number, coalesce(batch.remote_id, '') AS remote,
                       NULL AS key
                  FROM provider_batch_line line JOIN provider_batch batch ON batch.id = line.provider_batch_id
                UNION ALL
                SELECT NULL, line.provider_batch_id, line.number, twin.remote_id,
                       'twin:' || twin.remote_id || ':' || line.number
                  FROM provider_batch_line line JOIN provider_batch_twin twin USING (provider_batch_id)
                """, row -> {
                    String key = row.getString("key");
                    String line = Ids.text("pb", uuid(row, "provider_batch_id")) + "-" + row.getInt("number");
                    return Map.entry(
                            key == null ? uuid(row, "id") : Ids.named(key), new Unit(row.getString("remote"), line));
                })
                .forEach(known -> units.put(known.getKey(), known.getValue()));
        rows(database, """
                SELECT id, remote_id FROM provider_batch WHERE primer_of IS NOT NULL AND remote_id IS NOT NULL
                UNION ALL
                SELECT batch.id, twin.remote_id
                  FROM provider_batch batch JOIN provider_batch_twin twin ON twin.provider_batch_id = batch.id
                 WHERE batch.primer_of IS NOT NULL
                """, row -> {
                    String primer = Ids.text("pb", uuid(row, "id"));
                    String remote = row.getString("remote_id");
                    return Map.entry(Ids.named("primer:" + primer + ":" + remote), new Unit(remote, primer + "-1"));
                })
                .forEach(known -> units.put(known.getKey(), known.getValue()));
        return units;
    }

    private static Set<String> rescued(Connection database) throws SQLException {
        return Set.copyOf(rows(database, "SELECT id FROM job WHERE rescue", row -> Ids.text("job", uuid(row, "id"))));
    }

    /// @return empty where it belongs to none
    private static String job(ResultSet row) throws SQLException {
        UUID id = row.getObject("job_id", UUID.class);
        return id == null ? "" : Ids.text("job", id);
    }

    /// Their `job_id` holds the bulk's id.
    private static List<Told> messages(Connection database) throws SQLException {
        return rows(
                database,
                """
                SELECT m.id, m.job_id, m.type, m.payload, coalesce(d.status, 'without a delivery') AS delivery
                  FROM webhook_message m
                  LEFT JOIN webhook_delivery d ON d.message_id = m.id AND d.job_created_at = m.job_created_at
                 WHERE m.type LIKE 'batch.%'
                """,
                row -> new Told(
                        Ids.text("msg", uuid(row, "id")),
                        Ids.text("bat", uuid(row, "job_id")),
                        row.getString("type"),
                        Receiver.sha256(row.getBytes("payload")),
                        row.getString("delivery")));
    }
}
