package dev.offpeak.shared.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Locks waiting tasks, tenant by tenant in turn. Where the last look ended the next one goes on, so that a tenant
/// waits for others' turns, never for their queues.
final class JdbcTurns {

    /// A look costs about 10 µs for each tenant that it visits.
    private static final int MOST_TENANTS = 64;

    /// For each source, the ring of tenants with waiting tasks is walked on the index alone, from the tenant after the
    /// last one served and once around. Everybody's share is then locked, oldest first.
    ///
    /// `tenant BETWEEN x AND x` and not `=`, since that leaves the planner no index but ours: another one
    /// would walk over the queues of all others. `OFFSET 0` keeps it from computing one subquery three times.
    private static final String LOCK = """
            SELECT asked.number, due.tenant, due.tenants, due.share, due.id, due.jobasjson
              FROM unnest(?, ?, ?, ?) WITH ORDINALITY AS asked (pool, kind, free, after, number),
                   LATERAL (
                       WITH RECURSIVE ring (tenant, turn, ahead) AS (
                           SELECT first.tenant, 1, first.tenant > asked.after
                             FROM (SELECT coalesce(
                                       (SELECT t.tenant FROM jobrunr.jobrunr_jobs t
                                         WHERE t.state = 'ENQUEUED' AND t.pool = asked.pool AND t.kind = asked.kind
                                           AND t.tenant > asked.after
                                         ORDER BY t.tenant LIMIT 1),
                                       (SELECT t.tenant FROM jobrunr.jobrunr_jobs t
                                         WHERE t.state = 'ENQUEUED' AND t.pool = asked.pool AND t.kind = asked.kind
                                         ORDER BY t.tenant LIMIT 1)) AS tenant OFFSET 0) first
                            WHERE first.tenant IS NOT NULL
                           UNION ALL
                           SELECT next.tenant, ring.turn + 1, ring.ahead AND next.tenant > ring.tenant
                             FROM ring,
                                  LATERAL (SELECT coalesce(
                                       (SELECT t.tenant FROM jobrunr.jobrunr_jobs t
                                         WHERE t.state = 'ENQUEUED' AND t.pool = asked.pool AND t.kind = asked.kind
                                           AND t.tenant > ring.tenant
                                         ORDER BY t.tenant LIMIT 1),
                                       CASE WHEN ring.ahead THEN
                                           (SELECT t.tenant FROM jobrunr.jobrunr_jobs t
                                             WHERE t.state = 'ENQUEUED' AND t.pool = asked.pool AND t.kind = asked.kind
                                             ORDER BY t.tenant LIMIT 1) END) AS tenant OFFSET 0) next
                            WHERE ring.turn < least(asked.free, ?)
                              AND (ring.ahead AND next.tenant > ring.tenant OR next.tenant <= asked.after)),
                       everybody (tenants, share) AS (
                           SELECT count(*), (asked.free + count(*) - 1) / greatest(count(*), 1) FROM ring)
                       SELECT ring.tenant, everybody.tenants, everybody.share, task.id, task.jobasjson
                         FROM everybody, ring,
                              LATERAL (SELECT t.id, t.jobasjson FROM jobrunr.jobrunr_jobs t
                                        WHERE t.state = 'ENQUEUED' AND t.pool = asked.pool AND t.kind = asked.kind
                                          AND t.tenant BETWEEN ring.tenant AND ring.tenant
                                        ORDER BY t.tenant, t.updatedat LIMIT (SELECT e.share FROM everybody e)
                                          FOR UPDATE SKIP LOCKED) task
                        LIMIT asked.free) due
            """;

    private final Map<TaskSource, String> lastServed = new ConcurrentHashMap<>();

    /// @param source where to look
    /// @param places at most so many tasks
    record Ask(TaskSource source, int places) {}

    /// @param json the task as JobRunr stores it
    record Row(String id, String json) {}

    /// @param mayHoldMore whether another look, once these have left the queue, may find more
    record Found(TaskSource source, List<Row> rows, boolean mayHoldMore) {}

    /// Tasks that are queued, locked until the transaction ends.
    List<Found> lock(Connection connection, List<Ask> asks) throws SQLException {
        var found = new ArrayList<Sighting>();
        asks.forEach(ask -> found.add(new Sighting(ask)));
        try (var statement = prepare(connection, asks);
                var row = statement.executeQuery()) {
            while (row.next()) {
                found.get(row.getInt("number") - 1)
                        .add(
                                row.getString("tenant"),
                                row.getInt("tenants"),
                                row.getInt("share"),
                                new Row(row.getString("id"), row.getString("jobasjson")));
            }
        }
        return found.stream().map(this::remember).toList();
    }

    private PreparedStatement prepare(Connection connection, List<Ask> asks) throws SQLException {
        var statement = connection.prepareStatement(LOCK);
        var sources = asks.stream().map(Ask::source).toList();
        int at = 1;
        statement.setArray(
                at++,
                connection.createArrayOf(
                        "text", sources.stream().map(one -> one.pool().wire()).toArray()));
        statement.setArray(
                at++,
                connection.createArrayOf(
                        "text", sources.stream().map(TaskSource::kind).toArray()));
        statement.setArray(
                at++,
                connection.createArrayOf("int", asks.stream().map(Ask::places).toArray()));
        statement.setArray(
                at++,
                connection.createArrayOf(
                        "text",
                        sources.stream()
                                .map(one -> lastServed.getOrDefault(one, ""))
                                .toArray()));
        statement.setInt(at, MOST_TENANTS);
        return statement;
    }

    private Found remember(Sighting sighting) {
        if (!sighting.rows.isEmpty()) {
            lastServed.put(sighting.ask.source(), sighting.tenant);
        }
        return new Found(sighting.ask.source(), sighting.rows, sighting.mayHoldMore());
    }

    private static final class Sighting {

        private final Ask ask;
        private final List<Row> rows = new ArrayList<>();
        private String tenant = "";
        private int ofThisTenant;
        private boolean somebodyHadMore;

        private Sighting(Ask ask) {
            this.ask = ask;
        }

        private void add(String nextTenant, int tenants, int share, Row row) {
            ofThisTenant = nextTenant.equals(tenant) ? ofThisTenant + 1 : 1;
            tenant = nextTenant;
            rows.add(row);
            somebodyHadMore |= ofThisTenant == share || tenants == MOST_TENANTS;
        }

        private boolean mayHoldMore() {
            return somebodyHadMore || rows.size() == ask.places();
        }
    }
}
