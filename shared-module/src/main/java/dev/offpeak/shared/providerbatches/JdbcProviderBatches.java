package dev.offpeak.shared.providerbatches;

import static java.util.Objects.requireNonNull;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.WorkerId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcProviderBatches implements ProviderBatches {

    private final JdbcClient jdbc;

    JdbcProviderBatches(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Optional<ProviderBatchRow> find(ProviderBatchId batch) {
        return jdbc.sql("SELECT " + ProviderBatchRows.COLUMNS + " FROM provider_batch WHERE id = :id")
                .param("id", batch.value())
                .query(ProviderBatchRows::read)
                .optional();
    }

    @Override
    public Optional<ProviderBatchRow> claim(ProviderBatchId batch, WorkerId worker) {
        return jdbc.sql("""
                UPDATE provider_batch SET fence = fence + 1, worker_id = :worker, claimed_at = now()
                 WHERE id = :id AND finished_at IS NULL AND state <> 'collecting' AND not_before <= now()
                   -- its own: only who holds it in this process gets here, so an answer to an earlier claim was lost
                   AND (worker_id IS NULL OR worker_id = :worker)
                RETURNING %s
                """.formatted(ProviderBatchRows.COLUMNS))
                .param("worker", worker.value())
                .param("id", batch.value())
                .query(ProviderBatchRows::read)
                .optional();
    }

    @Override
    public Optional<ProviderBatchRow> move(ProviderBatchRow claimed, BatchState to) {
        return move(claimed, to, "", Map.of());
    }

    /// @param set more to set, with a comma before it
    Optional<ProviderBatchRow> move(ProviderBatchRow claimed, BatchState to, String set, Map<String, ?> params) {
        if (!claimed.state().canMoveTo(to)) {
            throw new IllegalArgumentException(claimed.state() + " does not move to " + to);
        }
        boolean finished = to == BatchState.RECONCILED || to == BatchState.ABANDONED;
        String end = finished ? ", finished_at = now(), worker_id = NULL, claimed_at = NULL, task_id = NULL" : "";
        return write(claimed, "state = '" + to.wire() + "'" + end + set, params);
    }

    /// @param set columns and their new values
    Optional<ProviderBatchRow> write(ProviderBatchRow claimed, String set, Map<String, ?> params) {
        return jdbc.sql("""
                UPDATE provider_batch SET %s
                 WHERE id = :id AND fence = :fence AND state = :state
                RETURNING %s
                """.formatted(set, ProviderBatchRows.COLUMNS))
                .params(params)
                .param("id", claimed.id().value())
                .param("fence", claimed.fence())
                .param("state", claimed.state().wire())
                .query(ProviderBatchRows::read)
                .optional();
    }

    @Override
    public boolean release(ProviderBatchRow claimed, Duration delay) {
        return jdbc.sql("""
                UPDATE provider_batch SET worker_id = NULL, claimed_at = NULL, task_id = NULL, taken_back = 0,
                       not_before = now() + make_interval(secs => :delay)
                 WHERE id = :id AND fence = :fence AND finished_at IS NULL
                """)
                        .param("delay", delay.toMillis() / 1000.0)
                        .param("id", claimed.id().value())
                        .param("fence", claimed.fence())
                        .update()
                == 1;
    }

    @Override
    public Duration unread(ProviderBatchRow claimed) {
        return write(claimed, "missing_since = coalesce(missing_since, now())", Map.of())
                .map(row -> Duration.between(requireNonNull(row.missingSince()), row.readAt()))
                .orElse(Duration.ZERO);
    }

    @Override
    public void read(ProviderBatchRow claimed) {
        write(claimed, "missing_since = NULL", Map.of());
    }

    @Override
    public boolean troubled(ProviderBatchRow claimed, String code, String message) {
        return jdbc.sql("""
                UPDATE provider_batch SET error_code = :code, error_message = :message, failures = failures + 1
                 WHERE id = :id AND fence = :fence AND finished_at IS NULL
                """)
                        .param("code", code)
                        .param("message", message)
                        .param("id", claimed.id().value())
                        .param("fence", claimed.fence())
                        .update()
                == 1;
    }
}
