package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.IdGenerator;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Takes the open lines of a batch of which nothing ran, and puts those whose jobs still wait into new
/// batches. In the caller's transaction, which has locked the batch.
final class JdbcBatchSplit {

    /// What becomes of a line that is taken back before its batch counts as submitted. An earlier create that
    /// was given up (`:doubted`) may have brought what was sent to the provider, where it may yet be billed.
    static final String TAKEN_BACK =
            "CASE WHEN state = 'sent' AND CAST(:doubted AS boolean) THEN 'returned' ELSE 'withdrawn' END";

    private final JdbcClient jdbc;
    private final IdGenerator ids;
    private final String gone;
    private final String taken;

    /// @param end of the lines: `returned` by the provider, or `withdrawn` before it had them
    JdbcBatchSplit(JdbcClient jdbc, IdGenerator ids, LineState end) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.gone = end == LineState.WITHDRAWN ? TAKEN_BACK : "'" + end.wire() + "'";
        // those that this very transaction took: no other has its moment and its batch
        this.taken =
                "line.provider_batch_id = :batch AND line.state IN ('returned', 'withdrawn') AND line.settled_at = now()";
    }

    /// @param parts into how many, of about equal size
    /// @param pause before they go on
    /// @return how many lines went into children
    int split(ProviderBatchRow batch, int parts, Duration pause, String code) {
        if (take(batch, code) == 0) {
            return 0;
        }
        int kept = stillWaiting(batch);
        if (kept == 0) {
            return 0;
        }
        UUID[] children = fresh(Math.min(parts, kept));
        makeChildren(batch, children, pause);
        moveLines(batch, children, fresh(kept));
        return kept;
    }

    /// In the order in which their lines stood.
    private UUID[] fresh(int count) {
        return Stream.generate(ids::next).limit(count).sorted().toArray(UUID[]::new);
    }

    /// @return how many lines
    int take(ProviderBatchRow batch, String code) {
        return jdbc.sql("""
                UPDATE provider_batch_line SET state = %s, error_code = :code, settled_at = now()
                 WHERE provider_batch_id = :batch AND state IN ('assigned', 'sent')
                """.formatted(gone))
                .param("doubted", batch.doubtedAt() != null)
                .param("code", code)
                .param("batch", batch.id().value())
                .update();
    }

    /// Jobs of lines that this transaction took, as a condition on `line`.
    String taken() {
        return taken;
    }

    /// Locked, so that nobody rescues or ends them while they get their new lines.
    private int stillWaiting(ProviderBatchRow batch) {
        return jdbc.sql("""
                WITH waiting AS (
                    SELECT job.id FROM job
                     WHERE job.status = 'batched'
                       AND job.id IN (SELECT line.job_id FROM provider_batch_line line WHERE %s)
                     ORDER BY job.id
                       FOR UPDATE),
                told AS (
                    UPDATE job SET wait_reason = 'collecting', row_version = row_version + 1
                      FROM waiting WHERE job.id = waiting.id
                    RETURNING job.id)
                SELECT count(*) FROM told
                """.formatted(taken))
                .param("batch", batch.id().value())
                .query(Integer.class)
                .single();
    }

    private String kept() {
        return """
            SELECT line.*, job.deadline, ntile(:parts) OVER (ORDER BY line.number) AS part,
                   CAST(row_number() OVER (ORDER BY line.number) AS integer) AS place
              FROM provider_batch_line line
              JOIN job ON job.id = line.job_id AND job.status = 'batched'
             WHERE %s
            """.formatted(taken);
    }

    /// Exact tokens are shared out; an estimate is made of the lines'.
    private void makeChildren(ProviderBatchRow batch, UUID[] children, Duration pause) {
        jdbc.sql("""
                WITH kept AS (%s)
                INSERT INTO provider_batch (
                       id, tenant_id, batch_id, protocol, provider, account, model, endpoint, prefix, parent_id, splits, state,
                       lines, bytes, tokens, counted, estimate_usd, close_at, nearest_deadline, closed_because, closed_at,
                       not_before, cancel_requested)
                SELECT child.id, parent.tenant_id, parent.batch_id, parent.protocol, parent.provider, parent.account,
                       parent.model, parent.endpoint, parent.prefix, parent.id, parent.splits + 1, 'closed', part.lines,
                       parent.bytes * part.lines / greatest(parent.lines, 1),
                       CASE WHEN parent.counted THEN parent.tokens * part.lines / greatest(parent.lines, 1) ELSE part.tokens END,
                       parent.counted, part.estimate_usd, now(), part.nearest_deadline, 'split', now(),
                       now() + make_interval(secs => :pause), parent.cancel_requested
                  FROM provider_batch parent
                 CROSS JOIN unnest(CAST(:children AS uuid[])) WITH ORDINALITY AS child (id, part)
                  JOIN (SELECT part, count(*) AS lines, sum(input_tokens) AS tokens,
                               CASE WHEN count(estimate_usd) = count(*) THEN sum(estimate_usd) END AS estimate_usd,
                               min(deadline) AS nearest_deadline
                          FROM kept GROUP BY part) part ON part.part = child.part
                 WHERE parent.id = :batch
                """.formatted(kept()))
                .param("batch", batch.id().value())
                .param("parts", children.length)
                .param("children", children)
                .param("pause", pause.toMillis() / 1000.0)
                .update();
    }

    private void moveLines(ProviderBatchRow batch, UUID[] children, UUID[] ledgerIds) {
        jdbc.sql("""
                WITH kept AS (%s)
                INSERT INTO provider_batch_line (
                       provider_batch_id, number, id, job_id, job_created_at, input_tokens, output_tokens, estimate_usd)
                SELECT (CAST(:children AS uuid[]))[kept.part],   -- a join might compare every line with every id
                       row_number() OVER (PARTITION BY kept.part ORDER BY kept.number),
                       (CAST(:fresh AS uuid[]))[kept.place], kept.job_id, kept.job_created_at, kept.input_tokens,
                       kept.output_tokens, kept.estimate_usd
                  FROM kept
                """.formatted(kept()))
                .param("batch", batch.id().value())
                .param("parts", children.length)
                .param("children", children)
                .param("fresh", ledgerIds)
                .update();
    }
}
