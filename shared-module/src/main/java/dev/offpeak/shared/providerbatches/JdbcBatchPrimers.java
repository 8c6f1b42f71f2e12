package dev.offpeak.shared.providerbatches;

import static java.time.ZoneOffset.UTC;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.NameBasedId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.ledger.CostLinesJson;
import dev.offpeak.shared.providers.Usage;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

final class JdbcBatchPrimers implements BatchPrimers {

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JdbcProviderBatches batches;
    private final IdGenerator ids;
    private final CostLinesJson linesJson = new CostLinesJson();

    JdbcBatchPrimers(JdbcClient jdbc, TransactionOperations transaction, JdbcProviderBatches batches, IdGenerator ids) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.batches = batches;
        this.ids = ids;
    }

    @Override
    public Optional<ProviderBatchRow> newest(ProviderBatchRow batch) {
        return jdbc.sql("""
                SELECT %s FROM provider_batch
                 WHERE primer_of IS NOT NULL AND tenant_id = :tenant AND prefix = :prefix AND protocol = :protocol
                   AND provider = :provider AND account = :account AND model = :model
                 ORDER BY created_at DESC, id DESC LIMIT 1
                """.formatted(ProviderBatchRows.COLUMNS))
                .params(group(batch))
                .query(ProviderBatchRows::read)
                .optional();
    }

    private static Map<String, Object> group(ProviderBatchRow batch) {
        return Map.of(
                "tenant", batch.tenant().value(),
                "prefix", batch.prefix(),
                "protocol", batch.account().provider(),
                "provider", batch.account().shownAs(),
                "account", batch.account().account(),
                "model", batch.model());
    }

    /// Batches of one prefix that are closed together ask one after the other, and the first one's is found.
    @Override
    public boolean begin(ProviderBatchRow batch, long tokens, Duration recently) {
        Integer begun = transaction.execute(_ -> {
            jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))::text")
                    .param("name", "primer:" + batch.tenant() + ":" + batch.model() + ":" + batch.prefix())
                    .query()
                    .singleValue();
            return jdbc.sql("""
                    INSERT INTO provider_batch (id, tenant_id, batch_id, protocol, provider, account, model, endpoint,
                                                prefix, primer_of, state, lines, tokens, counted, close_at,
                                                nearest_deadline, closed_because, closed_at, not_before)
                    SELECT :primer, tenant_id, batch_id, protocol, provider, account, model, endpoint, prefix,
                           id, 'closed', 1, :tokens, true, now(), nearest_deadline, 'primer', now(), now()
                      FROM provider_batch batch
                     WHERE id = :id AND fence = :fence AND finished_at IS NULL
                       AND NOT EXISTS (SELECT FROM provider_batch
                                        WHERE primer_of IS NOT NULL AND tenant_id = :tenant AND prefix = :prefix
                                          AND protocol = :protocol AND provider = :provider AND account = :account
                                          AND model = :model
                                          AND (primer_of = :id OR created_at > now() - make_interval(secs => :recently)))
                        ON CONFLICT DO NOTHING   -- one for each batch
                    """)
                    .params(group(batch))
                    .param("primer", ids.next())
                    .param("tokens", tokens)
                    .param("id", batch.id().value())
                    .param("fence", batch.fence())
                    .param("recently", recently.toMillis() / 1000.0)
                    .update();
        });
        return begun != null && begun == 1;
    }

    /// The key is made of the primer and the batch at the provider alone: whoever writes it, and however often,
    /// it is one row. Where that batch is split or its jobs were withdrawn meanwhile, its lines still say whose
    /// they were.
    @Override
    public boolean bill(ProviderBatchRow primer, Bill bill) {
        UUID source = NameBasedId.of("primer:" + primer.id() + ":" + bill.remoteId());
        Usage usage = bill.usage();
        int written = jdbc.sql("""
                WITH first AS (
                    SELECT line.job_id FROM provider_batch_line line
                     WHERE line.provider_batch_id = :batch
                     ORDER BY line.state = 'withdrawn', line.number LIMIT 1),
                owner AS (   -- locked as by whoever is just ending it
                    SELECT job.* FROM job JOIN first ON first.job_id = job.id
                       FOR NO KEY UPDATE OF job),
                written AS (
                    INSERT INTO ledger_entry (
                           id, source, source_id, source_created_at, status, overlap, tenant_id, job_id, batch_id, workflow,
                           user_ref, feature, provider, account, model, lane, input_tokens, cached_input_tokens,
                           cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, list_usd, billed_usd, lines, price)
                    SELECT :source, 'line', :source, :createdAt, :status, :overlap, tenant_id, id,
                           batch_id, workflow, user_ref, feature, :provider, :account, :model, 'batch', :input, :cached,
                           :write5m, :write1h, :output, CAST(:list AS numeric), CAST(:billed AS numeric),
                           CAST(:lines AS jsonb), :price
                      FROM owner
                    ON CONFLICT (source, source_id, source_created_at) DO NOTHING
                    RETURNING job_id),
                seen AS (
                    UPDATE job SET row_version = job.row_version + 1 FROM written, owner
                     WHERE job.id = written.job_id AND owner.finished_at IS NOT NULL
                    RETURNING job.id, job.created_at),
                watched AS (
                    INSERT INTO cost_watch (job_id)
                    SELECT seen.id FROM seen
                      JOIN job_input input ON input.job_id = seen.id AND input.job_created_at = seen.created_at
                     WHERE input.webhook_url IS NOT NULL
                        ON CONFLICT DO NOTHING)
                SELECT count(*) FROM written
                """)
                .param("batch", Objects.requireNonNull(primer.primerOf()).value())
                .param("source", source)
                .param("createdAt", primer.createdAt().atOffset(UTC))
                .param("status", bill.confirmed() ? "confirmed" : "unconfirmed")
                .param("overlap", bill.overlap())
                .param("provider", primer.account().shownAs())
                .param("account", primer.account().account())
                .param("model", primer.model())
                .param("input", usage.inputTokens())
                .param("cached", usage.cachedInputTokens())
                .param("write5m", usage.cacheWrite5mTokens())
                .param("write1h", usage.cacheWrite1hTokens())
                .param("output", usage.outputTokens())
                .param("list", amount(bill.charge().list()))
                .param("billed", amount(bill.charge().billed()))
                .param("lines", linesJson.write(bill.charge().lines()))
                .param("price", bill.charge().price())
                .query(Integer.class)
                .single();
        return written == 1;
    }

    private static @Nullable BigDecimal amount(@Nullable Usd usd) {
        return usd == null ? null : usd.amount();
    }

    @Override
    public Optional<ProviderBatchRow> settled(ProviderBatchRow primer, boolean wrote) {
        return transaction.execute(_ -> {
            var settled = batches.move(
                    primer, BatchState.RECONCILED, ", remote_completed = :wrote", Map.of("wrote", wrote ? 1 : 0));
            if (settled.isPresent()) {
                jdbc.sql("""
                        UPDATE provider_batch SET not_before = now()
                         WHERE id = :id AND state = 'closed' AND worker_id IS NULL AND task_id IS NULL AND not_before > now()
                        """)
                        .param("id", Objects.requireNonNull(primer.primerOf()).value())
                        .update();
            }
            return settled;
        });
    }
}
