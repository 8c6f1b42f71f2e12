package dev.offpeak.shared.ledger;

import static java.time.ZoneOffset.UTC;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcCallStore implements CallStore {

    private final JdbcClient jdbc;
    private final CostLinesJson linesJson;
    private final IdGenerator ids;

    JdbcCallStore(JdbcClient jdbc, CostLinesJson linesJson, IdGenerator ids) {
        this.jdbc = jdbc;
        this.linesJson = linesJson;
        this.ids = ids;
    }

    @Override
    public boolean begin(Call call) {
        return jdbc.sql("""
                INSERT INTO call (id, created_at, job_id, job_created_at, tenant_id, fence, worker_id, provider, account, model,
                                  estimate_usd, estimate_input_tokens, estimate_output_tokens, price)
                SELECT :id, :createdAt, :job, :jobCreatedAt, :tenant, :fence, :worker, :provider, :account, :model,
                       :estimate, :inputTokens, :outputTokens, :price
                  FROM job
                 WHERE job.id = :job AND job.status = 'running' AND job.fence = :fence
                   AND job.deadline > now() + interval '1 second'   -- what cannot come in time is not asked for
                """)
                        .param("id", call.id().value())
                        .param("createdAt", createdAt(call))
                        .param("job", call.job().value())
                        .param("jobCreatedAt", call.jobCreatedAt().atOffset(UTC))
                        .param("tenant", call.tenant().value())
                        .param("fence", call.fence())
                        .param("worker", call.worker().value())
                        .param("provider", call.account().shownAs())
                        .param("account", call.account().account())
                        .param("model", call.model())
                        .param("estimate", amount(call.estimatedCharge().billed()))
                        .param("inputTokens", call.estimate().inputTokens())
                        .param("outputTokens", call.estimate().outputTokens())
                        .param("price", call.estimatedCharge().price())
                        .update()
                == 1;
    }

    @Override
    public void confirm(Call call, Usage usage, Charge charge, @Nullable String requestId) {
        bind(jdbc.sql("""
                WITH settled AS (
                    UPDATE call SET status = 'confirmed', ended_at = now(), error_code = NULL, request_id = :requestId
                     WHERE id = :id AND created_at = :createdAt AND status IN ('in_flight', 'unconfirmed'))
                INSERT INTO ledger_entry AS entry (
                       id, source, source_id, source_created_at, status, tenant_id, job_id, batch_id, workflow,
                       user_ref, feature, provider, account, model, lane, input_tokens, cached_input_tokens, cache_write_5m_tokens,
                       cache_write_1h_tokens, output_tokens, list_usd, billed_usd, lines, price)
                VALUES (:id, 'call', :id, :createdAt, 'confirmed', :tenant, :job,
                        (SELECT batch_id FROM job WHERE id = :job), :workflow, :user, :feature,
                        :provider, :account, :model, 'direct', :inputTokens, :cachedTokens, :write5m,
                        :write1h, :outputTokens, :list, :billed, CAST(:lines AS jsonb), :price)
                ON CONFLICT (source, source_id, source_created_at) DO UPDATE   -- the answer came after all
                   SET status = excluded.status, input_tokens = excluded.input_tokens,
                       cached_input_tokens = excluded.cached_input_tokens,
                       cache_write_5m_tokens = excluded.cache_write_5m_tokens,
                       cache_write_1h_tokens = excluded.cache_write_1h_tokens,
                       output_tokens = excluded.output_tokens, list_usd = excluded.list_usd,
                       billed_usd = excluded.billed_usd, lines = excluded.lines, price = excluded.price, settled_at = now()
                 WHERE entry.status = 'unconfirmed' AND NOT entry.corrected
                """), call, usage, charge).param("requestId", requestId).update();
    }

    @Override
    public void leaveUnconfirmed(Call call, ErrorCode why) {
        bind(jdbc.sql("""
                WITH owner AS (   -- as whoever is just ending it leaves it: the end may be told without a call that had just begun
                    SELECT id, created_at, finished_at,
                           coalesce(rescue AND lane = 'batch' AND status IN ('succeeded', 'failed'), false) AS line_was_faster
                      FROM job WHERE id = :job
                       FOR NO KEY UPDATE),
                settled AS (
                    UPDATE call SET status = 'unconfirmed', ended_at = now(), error_code = :why FROM owner
                     WHERE call.id = :id AND call.created_at = :createdAt AND call.status = 'in_flight'
                    RETURNING call.id, owner.line_was_faster),
                seen AS (   -- who polls with an entity tag sees that the cost has changed
                    UPDATE job SET row_version = row_version + 1 FROM owner, settled
                     WHERE job.id = owner.id AND owner.finished_at IS NOT NULL
                    RETURNING job.id, job.created_at),
                watched AS (
                    INSERT INTO cost_watch (job_id)
                    SELECT seen.id FROM seen JOIN job_input input ON input.job_id = seen.id AND input.job_created_at = seen.created_at
                     WHERE input.webhook_url IS NOT NULL
                        ON CONFLICT DO NOTHING)
                INSERT INTO ledger_entry (
                       id, source, source_id, source_created_at, status, overlap, tenant_id, job_id, batch_id,
                       workflow, user_ref, feature, provider, account, model, lane, input_tokens, cached_input_tokens, cache_write_5m_tokens,
                       cache_write_1h_tokens, output_tokens, list_usd, billed_usd, lines, price)
                SELECT id, 'call', id, :createdAt, 'unconfirmed', line_was_faster, :tenant, :job,
                       (SELECT batch_id FROM job WHERE id = :job), :workflow, :user, :feature,
                       :provider, :account, :model, 'direct', :inputTokens, :cachedTokens, :write5m,
                       :write1h, :outputTokens, :list, :billed, CAST(:lines AS jsonb), :price
                  FROM settled
                ON CONFLICT (source, source_id, source_created_at) DO NOTHING
                """), call, call.estimate(), call.estimatedCharge())
                .param("why", why.wire())
                .update();
    }

    @Override
    public void notBilled(Call call, ErrorCode why) {
        int free = jdbc.sql("""
                WITH free AS (
                    UPDATE call SET status = 'not_billed', ended_at = now(), error_code = :why
                     WHERE id = :id AND created_at = :createdAt AND status = 'in_flight'
                    RETURNING job_id),
                seen AS (   -- who polls with an entity tag sees that the cost is final
                    UPDATE job SET row_version = row_version + 1 FROM free
                     WHERE job.id = free.job_id AND job.finished_at IS NOT NULL)
                SELECT count(*) FROM free
                """)
                .param("why", why.wire())
                .param("id", call.id().value())
                .param("createdAt", createdAt(call))
                .query(Integer.class)
                .single();
        if (free == 0) {
            correct(call, why);
        }
    }

    /// A statement of its own, so that it sees the row of whoever has just abandoned the call.
    private void correct(Call call, ErrorCode why) {
        jdbc.sql("""
                WITH free AS (
                    UPDATE call SET status = 'not_billed', error_code = :why
                     WHERE id = :id AND created_at = :createdAt AND status = 'unconfirmed'
                    RETURNING id, created_at),
                taken_back AS (
                    UPDATE ledger_entry entry SET settled_at = coalesce(settled_at, now()), corrected = true FROM free
                     WHERE entry.source = 'call' AND entry.source_id = free.id AND entry.source_created_at = free.created_at
                       AND entry.status = 'unconfirmed' AND NOT entry.corrected
                    RETURNING entry.*),
                seen AS (
                    UPDATE job SET row_version = row_version + 1
                     WHERE id IN (SELECT job_id FROM taken_back) AND finished_at IS NOT NULL)
                INSERT INTO ledger_entry (
                       id, source, source_id, source_created_at, status, overlap, tenant_id, job_id, batch_id, workflow,
                       user_ref, feature, provider, account, model, lane, input_tokens, cached_input_tokens,
                       cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, list_usd, billed_usd, lines, price,
                       corrected)
                SELECT :correction, 'correction', source_id, source_created_at, 'confirmed', overlap, tenant_id, job_id,
                       batch_id, workflow, user_ref, feature, provider, account, model, lane, -input_tokens,
                       -cached_input_tokens, -cache_write_5m_tokens, -cache_write_1h_tokens, -output_tokens, -list_usd,
                       -billed_usd,
                       (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', line ->> 'kind', 'usd',
                                                  trim_scale(-CAST(line ->> 'usd' AS numeric))::text) ORDER BY place), '[]')
                          FROM jsonb_array_elements(lines) WITH ORDINALITY AS parts (line, place)),
                       price, true
                  FROM taken_back
                ON CONFLICT (source, source_id, source_created_at) DO NOTHING
                """)
                .param("why", why.wire())
                .param("id", call.id().value())
                .param("createdAt", createdAt(call))
                .param("correction", ids.next())
                .update();
    }

    @Override
    public List<Estimate> abandonEarlier(JobId job, long fence) {
        return jdbc.sql(ABANDON.formatted("call.job_id = :job AND call.fence < :fence"))
                .param("job", job.value())
                .param("fence", fence)
                .query(JdbcCallStore::estimate)
                .list();
    }

    @Override
    public List<Estimate> abandonOfTheDead(Duration deadAfter) {
        return jdbc.sql(ABANDON.formatted("""
                        NOT EXISTS (SELECT FROM worker
                                     WHERE worker.id = call.worker_id AND worker.stopped_at IS NULL
                                       AND worker.beat_at > now() - make_interval(secs => :deadAfter))
                        """))
                .param("deadAfter", deadAfter.toMillis() / 1000.0)
                .query(JdbcCallStore::estimate)
                .list();
    }

    @Override
    public List<Estimate> abandonOlderThan(Duration age) {
        return jdbc.sql(ABANDON.formatted("call.begun_at < now() - make_interval(secs => :seconds)"))
                .param("seconds", (double) age.toSeconds())
                .query(JdbcCallStore::estimate)
                .list();
    }

    private static Estimate estimate(ResultSet row, int number) throws SQLException {
        BigDecimal usd = row.getBigDecimal("billed_usd");
        return new Estimate(row.getString("provider"), row.getString("model"), usd == null ? null : new Usd(usd));
    }

    private static final String ABANDON = """
            WITH abandoned AS (
                UPDATE call SET status = 'unconfirmed', ended_at = now(), error_code = 'worker_lost'
                 WHERE call.status = 'in_flight' AND %s
                RETURNING *),
            rescued AS (   -- as whoever is just settling their lines leaves them; no other job has a line beside its call
                SELECT id, coalesce(lane = 'batch' AND status IN ('succeeded', 'failed'), false) AS line_was_faster
                  FROM job WHERE id IN (SELECT job_id FROM abandoned) AND rescue
                 ORDER BY id
                   FOR NO KEY UPDATE),
            seen AS (   -- who polls with an entity tag sees that the cost has changed
                UPDATE job SET row_version = row_version + 1
                 WHERE id IN (SELECT job_id FROM abandoned) AND finished_at IS NOT NULL
                   AND (SELECT count(*) FROM rescued) >= 0   -- afterwards: a row that this statement has written cannot be locked
                RETURNING id, created_at),
            watched AS (   -- the end may have been told with a call that had just begun and was not seen
                INSERT INTO cost_watch (job_id)
                SELECT seen.id FROM seen JOIN job_input input ON input.job_id = seen.id AND input.job_created_at = seen.created_at
                 WHERE input.webhook_url IS NOT NULL
                    ON CONFLICT DO NOTHING)
            INSERT INTO ledger_entry (
                   id, source, source_id, source_created_at, status, overlap, tenant_id, job_id, batch_id, workflow, user_ref, feature,
                   provider, account, model, lane, input_tokens, cached_input_tokens, cache_write_5m_tokens,
                   cache_write_1h_tokens, output_tokens, list_usd, billed_usd, lines, price)
            SELECT abandoned.id, 'call', abandoned.id, abandoned.created_at, 'unconfirmed',
                   EXISTS (SELECT FROM rescued WHERE rescued.id = job.id AND rescued.line_was_faster), abandoned.tenant_id, job.id,
                   job.batch_id, job.workflow, job.user_ref, job.feature, abandoned.provider, abandoned.account,
                   abandoned.model, 'direct', estimate_input_tokens, 0, 0, 0, estimate_output_tokens, estimate_usd,
                   estimate_usd,
                   CASE WHEN estimate_usd IS NULL THEN '[]'::jsonb
                        ELSE jsonb_build_array(jsonb_build_object('kind', 'list', 'usd', trim_scale(estimate_usd)::text)) END,
                   price
              FROM abandoned JOIN job ON job.id = abandoned.job_id
            ON CONFLICT (source, source_id, source_created_at) DO NOTHING
            RETURNING provider, model, billed_usd
            """;

    private JdbcClient.StatementSpec bind(JdbcClient.StatementSpec statement, Call call, Usage usage, Charge charge) {
        return statement
                .param("id", call.id().value())
                .param("createdAt", createdAt(call))
                .param("tenant", call.tenant().value())
                .param("job", call.job().value())
                .param("workflow", call.workflow())
                .param("user", call.user())
                .param("feature", call.feature())
                .param("provider", call.account().shownAs())
                .param("account", call.account().account())
                .param("model", call.model())
                .param("inputTokens", usage.inputTokens())
                .param("cachedTokens", usage.cachedInputTokens())
                .param("write5m", usage.cacheWrite5mTokens())
                .param("write1h", usage.cacheWrite1hTokens())
                .param("outputTokens", usage.outputTokens())
                .param("list", amount(charge.list()))
                .param("billed", amount(charge.billed()))
                .param("lines", linesJson.write(charge.lines()))
                .param("price", charge.price());
    }

    /// Derived from the id, so that whoever knows the call knows its partition.
    private static OffsetDateTime createdAt(Call call) {
        return TimeOrderedIds.timeOf(call.id().value()).atOffset(UTC);
    }

    private static @Nullable BigDecimal amount(@Nullable Usd usd) {
        return usd == null ? null : usd.amount();
    }
}
