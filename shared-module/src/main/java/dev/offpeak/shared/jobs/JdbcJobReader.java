package dev.offpeak.shared.jobs;

import static java.util.stream.Collectors.joining;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.jobs.JobStore.Filter;
import dev.offpeak.shared.jobs.JobStore.VersionedJob;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.ledger.Receipt;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The reads of [JdbcJobStore]: rows of jobs, completed by their receipts.
final class JdbcJobReader {

    private final JdbcClient jdbc;
    private final LedgerStore ledger;
    private final JobRow rows = new JobRow();

    JdbcJobReader(JdbcClient jdbc, LedgerStore ledger) {
        this.jdbc = jdbc;
        this.ledger = ledger;
    }

    Optional<VersionedJob> find(TenantId tenant, JobId job) {
        return jdbc.sql(JobRow.SELECT + " WHERE job.id = :id AND job.tenant_id = :tenant")
                .param("id", job.value())
                .param("tenant", tenant.value())
                .query((row, _) -> rows.read(row))
                .optional()
                .map(found -> new VersionedJob(
                        found.view().apply(receipts(List.of(job)).getOrDefault(job, Receipt.NOTHING)),
                        found.version()));
    }

    /// A job that nobody can have worked on yet, so the ledger need not be asked.
    VersionedJob fresh(JobId job) {
        var found = jdbc.sql(JobRow.SELECT + " WHERE job.id = :id")
                .param("id", job.value())
                .query((row, _) -> rows.read(row))
                .single();
        return new VersionedJob(found.view().apply(Receipt.NOTHING), found.version());
    }

    List<JobView> list(TenantId tenant, Filter filter, @Nullable JobId after, int limit) {
        var found = jdbc.sql(JobRow.SELECT_FOR_LISTS + """
                 WHERE job.tenant_id = :tenant
                   AND %s
                   AND (CAST(:type AS text) IS NULL OR job.type = :type)
                   AND (CAST(:workflow AS text) IS NULL OR job.workflow = :workflow)
                   AND (CAST(:user AS text) IS NULL OR job.user_ref = :user)
                   AND (CAST(:batch AS uuid) IS NULL OR job.batch_id = :batch)
                   AND (CAST(:after AS uuid) IS NULL OR job.id < :after)
                 ORDER BY job.id DESC
                 LIMIT :limit
                """.formatted(statusCondition(filter.status())))
                .param("tenant", tenant.value())
                .param(
                        "status",
                        filter.status() == null ? null : filter.status().wire())
                .param("type", filter.type() == null ? null : filter.type().wire())
                .param("workflow", filter.workflow())
                .param("user", filter.user())
                .param("batch", filter.batch() == null ? null : filter.batch().value())
                .param("after", after == null ? null : after.value())
                .param("limit", limit)
                .query((row, _) -> rows.read(row))
                .list();
        var receipts = receipts(found.stream().map(JobRow.Unpriced::id).toList());
        return found.stream()
                .map(job -> job.view().apply(receipts.getOrDefault(job.id(), Receipt.NOTHING)))
                .toList();
    }

    private record Named(String customId, JobRow.Unpriced job) {}

    /// Lines of a bulk, whole, in no order.
    Map<JobId, LandedLine> lines(TenantId tenant, List<LandedLine.Place> places) {
        var found = jdbc.sql(JobRow.SELECT + " WHERE job.id = ANY (CAST(:ids AS uuid[])) AND job.tenant_id = :tenant")
                .param("ids", places.stream().map(place -> place.job().value()).toArray(UUID[]::new))
                .param("tenant", tenant.value())
                .query((row, _) -> new Named(row.getString("custom_id"), rows.read(row)))
                .list();
        var receipts = receipts(places.stream().map(LandedLine.Place::job).toList());
        var byJob = new HashMap<JobId, LandedLine.Place>();
        places.forEach(place -> byJob.put(place.job(), place));
        var lines = new HashMap<JobId, LandedLine>();
        for (var named : found) {
            JobId id = named.job().id();
            JobView view = named.job().view().apply(receipts.getOrDefault(id, Receipt.NOTHING));
            lines.put(id, new LandedLine(named.customId(), Objects.requireNonNull(byJob.get(id)), view));
        }
        return lines;
    }

    /// A condition of its own for what has not finished, so that its small index serves.
    private static String statusCondition(@Nullable JobStatus status) {
        if (status == null) {
            return "CAST(:status AS text) IS NULL";
        }
        return status.terminal() ? "job.status = :status" : "job.status = :status AND job.finished_at IS NULL";
    }

    /// Whole, whosever they are: for messages to those who sent them.
    Map<JobId, JobView> views(Collection<JobId> jobs) {
        var found = jdbc.sql(JobRow.SELECT + " WHERE job.id = ANY (CAST(:ids AS uuid[]))")
                .param("ids", jobs.stream().map(JobId::value).toArray(UUID[]::new))
                .query((row, _) -> rows.read(row))
                .list();
        var receipts = receipts(found.stream().map(JobRow.Unpriced::id).toList());
        var views = new HashMap<JobId, JobView>();
        found.forEach(job -> views.put(job.id(), job.view().apply(receipts.getOrDefault(job.id(), Receipt.NOTHING))));
        return views;
    }

    Map<JobId, JobStatus> ended(Collection<JobId> jobs) {
        var ended = new HashMap<JobId, JobStatus>();
        jdbc.sql("""
                SELECT id, status FROM job
                 WHERE id = ANY (CAST(string_to_array(:ids, ',') AS uuid[])) AND finished_at IS NOT NULL
                """)
                .param("ids", jobs.stream().map(job -> job.value().toString()).collect(joining(",")))
                .query(row -> {
                    ended.put(new JobId(row.getObject("id", UUID.class)), JobStatus.ofWire(row.getString("status")));
                });
        return ended;
    }

    private Map<JobId, Receipt> receipts(List<JobId> jobs) {
        return jobs.isEmpty() ? Map.of() : ledger.receipts(jobs);
    }
}
