package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.ProviderAccount;
import java.sql.Types;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcBatchQuota implements BatchQuota {

    static final String ENQUEUED = Arrays.stream(BatchState.values())
            .filter(BatchState::enqueued)
            .map(state -> "'" + state.wire() + "'")
            .reduce((one, other) -> one + ", " + other)
            .orElseThrow();

    private final JdbcClient jdbc;

    JdbcBatchQuota(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// What counts together: a model's tokens, or the requests of all models.
    static String scope(QuotaUnit unit, String model) {
        return switch (unit) {
            case TOKENS_OF_MODEL -> model;
            case REQUESTS -> "";
        };
    }

    @Override
    public void refused(ProviderAccount account, String model, QuotaUnit unit, OptionalLong learned, Duration pause) {
        jdbc.sql("""
                INSERT INTO provider_batch_quota AS quota (provider, account, model, learned, paused_until)
                VALUES (:provider, :account, :model, :learned, now() + make_interval(secs => :pause))
                ON CONFLICT (provider, account, model) DO UPDATE
                   SET learned = coalesce(excluded.learned, quota.learned),
                       paused_until = greatest(quota.paused_until, excluded.paused_until), changed_at = now()
                """)
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("model", scope(unit, model))
                .param("learned", learned.isPresent() ? learned.getAsLong() : null, Types.BIGINT)
                .param("pause", pause.toMillis() / 1000.0)
                .update();
    }

    /// Until the transaction ends nobody else admits a batch there.
    void lock(ProviderAccount account, String scope) {
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended(:key, 5411))")
                .param("key", account.shownAs() + "/" + account.account() + "/" + scope)
                .query()
                .singleValue();
    }

    /// @param paused until the provider may be asked again; zero or less where it may be now
    /// @param enqueued in the quota's unit
    /// @param createdLately batches within the hour
    /// @param first whether no batch with a nearer deadline waits for the same room
    record Standing(Duration paused, OptionalLong learned, long enqueued, int createdLately, boolean first) {}

    Standing standing(ProviderAccount account, String scope, QuotaUnit unit, ProviderBatchId batch) {
        String measure = switch (unit) {
            case TOKENS_OF_MODEL -> "tokens";
            case REQUESTS -> "lines";
        };
        String same = switch (unit) {
            case TOKENS_OF_MODEL -> "other.provider = :provider AND other.account = :account AND other.model = :scope";
            case REQUESTS -> "other.provider = :provider AND other.account = :account AND :scope = ''";
        };
        return jdbc.sql("""
                SELECT extract(epoch FROM greatest(quota.paused_until, now()) - now()) AS paused,
                       CASE WHEN quota.changed_at > now() - interval '1 day' THEN quota.learned END AS learned,
                       (SELECT coalesce(sum(other.%1$s), 0) FROM provider_batch other
                         WHERE other.finished_at IS NULL AND other.state IN (%2$s) AND %3$s AND other.id <> :batch) AS enqueued,
                       (SELECT count(*) FROM provider_batch other
                         WHERE other.provider = :provider AND other.account = :account
                           AND other.creating_at > now() - interval '1 hour') AS created,
                       NOT EXISTS (
                           SELECT FROM provider_batch other, provider_batch this
                            WHERE this.id = :batch AND other.id <> :batch AND other.finished_at IS NULL AND %3$s
                              AND other.state = 'waiting_quota' AND other.failures = 0
                              AND (coalesce(other.nearest_deadline, 'infinity'), other.id)
                                  < (coalesce(this.nearest_deadline, 'infinity'), this.id)) AS first
                  FROM (SELECT) nothing
                  LEFT JOIN provider_batch_quota quota
                    ON quota.provider = :provider AND quota.account = :account AND quota.model = :scope
                """.formatted(measure, ENQUEUED, same))
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("scope", scope)
                .param("batch", batch.value())
                .query((row, _) -> {
                    Long learned = row.getObject("learned", Long.class);
                    return new Standing(
                            Duration.ofMillis((long) (1000 * row.getDouble("paused"))),
                            learned == null ? OptionalLong.empty() : OptionalLong.of(learned),
                            row.getLong("enqueued"),
                            row.getInt("created"),
                            row.getBoolean("first"));
                })
                .single();
    }

    @Override
    public List<Enqueued> enqueued() {
        return jdbc.sql("""
                SELECT batch.provider, batch.account, batch.model, sum(batch.tokens) AS tokens, sum(batch.lines) AS lines,
                       max(quota.learned) AS learned
                  FROM provider_batch batch
                  LEFT JOIN provider_batch_quota quota
                    ON quota.provider = batch.provider AND quota.account = batch.account
                   AND quota.model IN (batch.model, '') AND quota.changed_at > now() - interval '1 day'
                 WHERE batch.finished_at IS NULL AND batch.state IN (%s)
                 GROUP BY batch.provider, batch.account, batch.model
                """.formatted(ENQUEUED))
                .query((row, _) -> new Enqueued(
                        row.getString("provider"),
                        row.getString("account"),
                        row.getString("model"),
                        row.getLong("tokens"),
                        row.getLong("lines"),
                        row.getObject("learned", Long.class)))
                .list();
    }
}
