package dev.offpeak.shared.providerbatches;

import static java.time.ZoneOffset.UTC;
import static java.util.Objects.requireNonNull;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.NameBasedId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.jobs.JobEndings;
import dev.offpeak.shared.jobs.JobResult;
import dev.offpeak.shared.jobs.JobStatus;
import dev.offpeak.shared.jobs.ResponseFormatJson;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.CostLinesJson;
import dev.offpeak.shared.providers.Usage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/// Every statement takes arrays, so that their number does not grow with the lines.
final class JdbcLineSettlement implements LineSettlement {

    /// Lines of a bulk that go again do so at moments so far apart: each of them may be a provider batch, and many
    /// small ones would use up what an account may create.
    private static final Duration TOGETHER = Duration.ofSeconds(10);

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JobEndings endings;
    private final CostLinesJson linesJson = new CostLinesJson();
    private final ResponseFormatJson formats = new ResponseFormatJson();

    JdbcLineSettlement(JdbcClient jdbc, TransactionOperations transaction, JobEndings endings) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.endings = endings;
    }

    private static final String OPEN = """
            SELECT line.number, line.id, line.job_id, line.job_created_at, line.input_tokens, line.output_tokens,
                   job.attempts, input.request -> 'response_format' AS format
              FROM provider_batch_line line
              JOIN job ON job.id = line.job_id
              LEFT JOIN job_input input ON input.job_id = line.job_id AND input.job_created_at = line.job_created_at
             WHERE line.provider_batch_id = :batch AND line.state = 'sent' AND %s
             ORDER BY line.number
            """;

    @Override
    public List<OpenLine> open(ProviderBatchRow batch, Collection<Integer> numbers) {
        return jdbc.sql(OPEN.formatted("line.number = ANY (CAST(:numbers AS integer[]))"))
                .param("batch", batch.id().value())
                .param("numbers", numbers.toArray(Integer[]::new))
                .query((row, _) -> openLine(row))
                .list();
    }

    @Override
    public List<OpenLine> firstOpen(ProviderBatchRow batch, int limit) {
        return jdbc.sql(OPEN.formatted("true") + " LIMIT :limit")
                .param("batch", batch.id().value())
                .param("limit", limit)
                .query((row, _) -> openLine(row))
                .list();
    }

    @Override
    public int billed(ProviderBatchRow batch) {
        return jdbc.sql("""
                SELECT count(*) FROM provider_batch_line
                 WHERE provider_batch_id = :batch AND (state = 'ok' OR (state = 'error' AND error_code = :unreadable))
                """)
                .param("batch", batch.id().value())
                .param("unreadable", ErrorCode.PROVIDER_MALFORMED_ANSWER.wire())
                .query(Integer.class)
                .single();
    }

    private OpenLine openLine(ResultSet row) throws SQLException {
        return new OpenLine(
                row.getInt("number"),
                row.getObject("id", UUID.class),
                new JobId(row.getObject("job_id", UUID.class)),
                row.getObject("job_created_at", OffsetDateTime.class).toInstant(),
                row.getInt("attempts"),
                formats.read(row.getString("format")),
                Usage.of(row.getLong("input_tokens"), row.getLong("output_tokens")));
    }

    @Override
    public Optional<Settled> settle(ProviderBatchRow batch, List<LineEnd> ends, int maxAttempts) {
        if (ends.size() > MOST) {
            throw new IllegalArgumentException("too many lines for one transaction");
        }
        return transaction.execute(_ -> {
            if (!holds(batch)) {
                return Optional.empty();
            }
            Set<Integer> mine = settleLines(batch, ends);
            List<LineEnd> settled = ends.stream()
                    .filter(end -> mine.contains(end.line().number()))
                    .toList();
            Map<JobId, Fate.Standing> jobs = lockJobs(settled);
            List<Fate> fates = settled.stream()
                    .filter(end -> jobs.containsKey(end.line().job()))
                    .map(end -> Fate.of(end, requireNonNull(jobs.get(end.line().job())), maxAttempts))
                    .toList();
            Settled done = write(batch, fates);
            Failpoints.reach(Failpoint.RECONCILE_CHUNK_WRITTEN);
            return Optional.of(done);
        });
    }

    /// Held until the commit: no newer claim, and so no other reader of the results, comes between.
    private boolean holds(ProviderBatchRow batch) {
        return jdbc.sql("""
                        SELECT id FROM provider_batch
                         WHERE id = :id AND fence = :fence AND state = 'reconciling'
                           FOR SHARE
                        """)
                .param("id", batch.id().value())
                .param("fence", batch.fence())
                .query(UUID.class)
                .optional()
                .isPresent();
    }

    /// @return the numbers of those that had not settled before
    private Set<Integer> settleLines(ProviderBatchRow batch, List<LineEnd> ends) {
        return new HashSet<>(jdbc.sql("""
                UPDATE provider_batch_line line SET state = said.state, error_code = said.code, settled_at = now()
                  FROM unnest(CAST(:numbers AS integer[]), CAST(:created AS timestamptz[]), CAST(:states AS text[]),
                              CAST(:codes AS text[])) AS said (number, created_at, state, code)
                 WHERE line.provider_batch_id = :batch AND line.number = said.number
                   AND line.job_created_at = said.created_at AND line.state = 'sent'
                RETURNING line.number
                """)
                .param("batch", batch.id().value())
                .param("numbers", ends.stream().map(end -> end.line().number()).toArray(Integer[]::new))
                .param("created", texts(ends, end -> end.line().jobCreatedAt().toString()))
                .param("states", texts(ends, end -> state(end).wire()))
                .param("codes", texts(ends, JdbcLineSettlement::code))
                .query((row, _) -> row.getInt("number"))
                .list());
    }

    private static LineState state(LineEnd end) {
        return switch (end) {
            case LineEnd.Answered _ -> LineState.OK;
            case LineEnd.Unreadable _, LineEnd.Refused _ -> LineState.ERROR;
            case LineEnd.Again again -> again.state();
        };
    }

    private static @Nullable String code(LineEnd end) {
        return switch (end) {
            case LineEnd.Answered _ -> null;
            case LineEnd.Unreadable _ -> ErrorCode.PROVIDER_MALFORMED_ANSWER.wire();
            case LineEnd.Refused _ -> ErrorCode.PROVIDER_REJECTED.wire();
            case LineEnd.Again again -> again.why().wire();
        };
    }

    /// In the order of their ids, as everybody locks many: nobody waits for each other.
    private Map<JobId, Fate.Standing> lockJobs(List<LineEnd> ends) {
        return jdbc
                .sql("""
                        SELECT id, created_at, status, attempts, rescue FROM job
                         WHERE id = ANY (CAST(:ids AS uuid[]))
                         ORDER BY id
                           FOR UPDATE
                        """)
                .param("ids", ends.stream().map(end -> end.line().job().value()).toArray(UUID[]::new))
                .query((row, _) -> new Fate.Standing(
                        new JobId(row.getObject("id", UUID.class)),
                        row.getObject("created_at", OffsetDateTime.class).toInstant(),
                        JobStatus.ofWire(row.getString("status")),
                        row.getInt("attempts"),
                        row.getBoolean("rescue")))
                .list()
                .stream()
                .collect(toMap(Fate.Standing::id, identity()));
    }

    private Settled write(ProviderBatchRow batch, List<Fate> fates) {
        var ends = only(fates, Fate.Ends.class);
        var again = only(fates, Fate.GoesAgain.class);
        var hadEnded = only(fates, Fate.HadEnded.class);
        int overlaps = writeBills(batch, fates);
        List<EndedJob> ended = endJobs(batch, ends);
        putBack(again);
        int late = touch(batch, hadEnded);
        declareRescues(ends);
        declareUnheardRescues(hadEnded);
        endings.announceAll(ends.stream().map(fate -> fate.job().id()).toList());
        return summary(fates, ended, again, late, overlaps);
    }

    private List<EndedJob> endJobs(ProviderBatchRow batch, List<Fate.Ends> ends) {
        if (ends.isEmpty()) {
            return List.of();
        }
        List<EndedJob> ended = jdbc.sql("""
                UPDATE job
                   SET status = said.status, worker_id = NULL, fence = fence + 1,   -- a rescue under way has lost
                       attempts = attempts + 1, wait_reason = NULL, lane = 'batch', provider = :provider, model = :model,
                       error_code = said.code, error_message = said.message,
                       started_at = coalesce(started_at, :submittedAt, now()), finished_at = now(),
                       row_version = row_version + 1
                  FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:codes AS text[]),
                              CAST(:messages AS text[])) AS said (id, status, code, message)
                 WHERE job.id = said.id AND job.finished_at IS NULL
                RETURNING job.status, job.error_code, extract(epoch FROM job.finished_at - job.created_at) AS took
                """)
                .param("provider", batch.account().shownAs())
                .param("model", batch.model())
                .param("submittedAt", at(batch.submittedAt()))
                .param("ids", ends.stream().map(end -> end.job().id().value()).toArray(UUID[]::new))
                .param("statuses", texts(ends, end -> end.status().wire()))
                .param(
                        "codes",
                        texts(
                                ends,
                                end -> end.how() instanceof JobEnd.Failed failed
                                        ? failed.code().wire()
                                        : null))
                .param(
                        "messages",
                        texts(ends, end -> end.how() instanceof JobEnd.Failed failed ? failed.message() : null))
                .query((row, _) -> new EndedJob(
                        JobStatus.ofWire(row.getString("status")), row.getString("error_code"), Duration.ofMillis((long)
                                (row.getDouble("took") * 1000))))
                .list();
        if (ended.size() != ends.size()) {
            throw new IllegalStateException("a job under our lock was moved by somebody else");
        }
        writeOutcomes(ends.stream()
                .map(end -> new Outcome(end.job(), result(end.how()), false))
                .toList());
        return ended;
    }

    private static @Nullable JobResult result(JobEnd end) {
        return switch (end) {
            case JobEnd.Succeeded succeeded -> succeeded.result();
            case JobEnd.Failed failed -> failed.partial();
        };
    }

    private record Outcome(Fate.Standing job, @Nullable JobResult result, boolean late) {}

    /// @return the jobs that have none before
    private List<JobId> writeOutcomes(List<Outcome> outcomes) {
        return jdbc.sql("""
                INSERT INTO job_outcome (job_id, job_created_at, kind, result_text, result_json, finish_reason, late)
                SELECT id, created_at, kind, content, CAST(json AS jsonb), finish_reason, late
                  FROM unnest(CAST(:ids AS uuid[]), CAST(:created AS timestamptz[]), CAST(:kinds AS text[]),
                              CAST(:texts AS text[]), CAST(:jsons AS text[]), CAST(:reasons AS text[]),
                              CAST(:late AS boolean[]))
                         AS said (id, created_at, kind, content, json, finish_reason, late)
                    ON CONFLICT (job_id, job_created_at) DO NOTHING   -- the first one stays
                RETURNING job_id
                """)
                .param(
                        "ids",
                        outcomes.stream().map(one -> one.job().id().value()).toArray(UUID[]::new))
                .param("created", texts(outcomes, one -> one.job().createdAt().toString()))
                .param(
                        "kinds",
                        texts(
                                outcomes,
                                one -> one.result() == null
                                        ? null
                                        : one.result().kind()))
                .param(
                        "texts",
                        texts(
                                outcomes,
                                one -> one.result() == null
                                        ? null
                                        : one.result().text()))
                .param(
                        "jsons",
                        texts(
                                outcomes,
                                one -> one.result() == null
                                        ? null
                                        : one.result().json()))
                .param(
                        "reasons",
                        texts(
                                outcomes,
                                one -> one.result() == null
                                        ? null
                                        : one.result().finishReason()))
                .param("late", outcomes.stream().map(Outcome::late).toArray(Boolean[]::new))
                .query((row, _) -> new JobId(row.getObject("job_id", UUID.class)))
                .list();
    }

    private void putBack(List<Fate.GoesAgain> again) {
        if (again.isEmpty()) {
            return;
        }
        jdbc.sql("""
                UPDATE job
                   SET status = 'queued', attempts = attempts + said.tries,
                       not_before = CASE WHEN said.bounded THEN 'infinity' ELSE said.due END,
                       held_until = CASE WHEN said.bounded THEN said.due END,
                       task_id = NULL, wait_reason = CASE WHEN said.pause > 0 THEN 'backoff' END,
                       row_version = row_version + 1
                  FROM (SELECT again.id, again.pause, again.tries,
                               -- a pause takes part of the time that is left, never all of it
                               least(CASE WHEN job.batch_id IS NULL THEN now() + make_interval(secs => again.pause)
                                          ELSE to_timestamp(ceil(extract(epoch FROM now() + make_interval(secs => again.pause))
                                                                 / :together) * :together) END,
                                     now() + greatest((job.deadline - now()) / 4, interval '0')) AS due,
                               %s AS bounded
                          FROM unnest(CAST(:ids AS uuid[]), CAST(:pauses AS double precision[]), CAST(:tries AS integer[]))
                                 AS again (id, pause, tries)
                          JOIN job ON job.id = again.id) said
                 WHERE job.id = said.id AND job.status = 'batched'
                """.formatted(BoundedLines.IS_ONE))
                .param("together", TOGETHER.toSeconds())
                .param(
                        "ids",
                        again.stream()
                                .map(fate -> fate.end().line().job().value())
                                .toArray(UUID[]::new))
                .param(
                        "pauses",
                        again.stream()
                                .map(fate -> fate.pause().toMillis() / 1000.0)
                                .toArray(Double[]::new))
                .param("tries", again.stream().map(fate -> fate.tried() ? 1 : 0).toArray(Integer[]::new))
                .update();
    }

    /// Who polls with an entity tag sees that a cost has changed, and whoever was told of an end hears of
    /// the final cost.
    ///
    /// @return how many late results were kept
    private int touch(ProviderBatchRow batch, List<Fate.HadEnded> hadEnded) {
        if (hadEnded.isEmpty()) {
            return 0;
        }
        var results = new ArrayList<Outcome>();
        for (Fate.HadEnded fate : hadEnded) {
            if (fate.lateResult() != null) {
                results.add(new Outcome(fate.job(), fate.lateResult().result(), true));
            }
        }
        List<JobId> kept = results.isEmpty() ? List.of() : writeOutcomes(results);
        jdbc.sql("""
                WITH watched AS (
                    INSERT INTO cost_watch (job_id)
                    SELECT input.job_id
                      FROM unnest(CAST(:ids AS uuid[]), CAST(:created AS timestamptz[])) AS said (id, created_at)
                      JOIN job_input input ON input.job_id = said.id AND input.job_created_at = said.created_at
                     WHERE input.webhook_url IS NOT NULL
                        ON CONFLICT DO NOTHING)
                UPDATE job
                   SET row_version = row_version + 1,
                       lane = CASE WHEN id = ANY (CAST(:kept AS uuid[])) THEN 'batch' ELSE lane END,
                       provider = CASE WHEN id = ANY (CAST(:kept AS uuid[])) THEN :provider ELSE provider END,
                       model = CASE WHEN id = ANY (CAST(:kept AS uuid[])) THEN :model ELSE model END
                 WHERE id = ANY (CAST(:ids AS uuid[]))
                """)
                .param(
                        "ids",
                        hadEnded.stream().map(fate -> fate.job().id().value()).toArray(UUID[]::new))
                .param("created", texts(hadEnded, fate -> fate.job().createdAt().toString()))
                .param("kept", kept.stream().map(JobId::value).toArray(UUID[]::new))
                .param("provider", batch.account().shownAs())
                .param("model", batch.model())
                .update();
        return kept.size();
    }

    /// Calls that were to rescue these jobs were bills too many: their lines have come.
    private void declareRescues(List<Fate.Ends> ends) {
        UUID[] rescued = ends.stream()
                .filter(end -> end.job().rescue())
                .map(end -> end.job().id().value())
                .toArray(UUID[]::new);
        if (rescued.length > 0) {
            jdbc.sql("""
                    UPDATE ledger_entry SET overlap = true
                     WHERE job_id = ANY (CAST(:jobs AS uuid[])) AND source = 'call' AND NOT overlap
                    """).param("jobs", rescued).update();
        }
    }

    /// Where such a job had ended otherwise, only what may never have run: a call that was answered was
    /// billed before the line.
    private void declareUnheardRescues(List<Fate.HadEnded> hadEnded) {
        UUID[] rescued = hadEnded.stream()
                .filter(fate -> fate.job().rescue())
                .map(fate -> fate.job().id().value())
                .toArray(UUID[]::new);
        if (rescued.length > 0) {
            jdbc.sql("""
                    UPDATE ledger_entry entry SET overlap = true
                     WHERE entry.job_id = ANY (CAST(:jobs AS uuid[])) AND entry.source = 'call'
                       AND entry.status = 'unconfirmed' AND NOT entry.overlap AND NOT entry.corrected
                       AND EXISTS (SELECT FROM ledger_entry line
                                    WHERE line.job_id = entry.job_id AND line.source = 'line'
                                      AND line.status = 'confirmed' AND NOT line.overlap)
                    """).param("jobs", rescued).update();
        }
    }

    /// A unit that the provider bills.
    ///
    /// @param secondBill whether it is the one too many should a call have been billed
    private record Bill(UUID id, JobId job, String status, boolean secondBill, Usage usage, Charge charge) {}

    /// @return how many of them are overlap
    private int writeBills(ProviderBatchRow batch, List<Fate> fates) {
        var bills = new ArrayList<Bill>();
        for (Fate fate : fates) {
            OpenLine line = fate.end().line();
            boolean second = fate instanceof Fate.HadEnded || fate instanceof Fate.Elsewhere;
            switch (fate.end()) {
                case LineEnd.Answered answered ->
                    bills.add(
                            new Bill(line.id(), line.job(), "confirmed", second, answered.usage(), answered.charge()));
                case LineEnd.Unreadable unreadable ->
                    bills.add(new Bill(
                            line.id(), line.job(), "unconfirmed", second, line.estimate(), unreadable.charge()));
                case LineEnd.Again _, LineEnd.Refused _ -> {}
            }
        }
        return insertBills(batch, bills, """
                said.second AND EXISTS (SELECT FROM ledger_entry bill
                                         WHERE bill.job_id = job.id AND bill.source = 'call'
                                           AND bill.status = 'confirmed' AND NOT bill.corrected AND NOT bill.overlap)
                """).overlaps();
    }

    private record Inserted(int rows, int overlaps) {}

    private Inserted insertBills(ProviderBatchRow batch, List<Bill> bills, String overlap) {
        if (bills.isEmpty()) {
            return new Inserted(0, 0);
        }
        List<Boolean> inserted = jdbc.sql("""
                INSERT INTO ledger_entry (
                       id, source, source_id, source_created_at, status, overlap, tenant_id, job_id, batch_id, workflow,
                       user_ref, feature, provider, account, model, lane, input_tokens, cached_input_tokens,
                       cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, list_usd, billed_usd, lines, price)
                SELECT said.id, 'line', said.id, :createdAt, said.status, %s, job.tenant_id, job.id, job.batch_id,
                       job.workflow, job.user_ref, job.feature, :provider, :account, :model, 'batch', said.input,
                       said.cached, said.write5m, said.write1h, said.output, CAST(said.list AS numeric),
                       CAST(said.billed AS numeric), CAST(said.lines AS jsonb), said.price
                  FROM unnest(CAST(:ids AS uuid[]), CAST(:jobs AS uuid[]), CAST(:statuses AS text[]),
                              CAST(:seconds AS boolean[]), CAST(:inputs AS bigint[]), CAST(:cached AS bigint[]),
                              CAST(:writes5m AS bigint[]), CAST(:writes1h AS bigint[]), CAST(:outputs AS bigint[]),
                              CAST(:lists AS text[]), CAST(:billed AS text[]), CAST(:lines AS text[]),
                              CAST(:prices AS text[]))
                         AS said (id, job, status, second, input, cached, write5m, write1h, output, list, billed, lines, price)
                  JOIN job ON job.id = said.job
                    ON CONFLICT (source, source_id, source_created_at) DO NOTHING   -- one row for one unit
                RETURNING overlap
                """.formatted(overlap))
                .param("createdAt", batch.createdAt().atOffset(UTC))
                .param("provider", batch.account().shownAs())
                .param("account", batch.account().account())
                .param("model", batch.model())
                .param("ids", bills.stream().map(Bill::id).toArray(UUID[]::new))
                .param("jobs", bills.stream().map(bill -> bill.job().value()).toArray(UUID[]::new))
                .param("statuses", texts(bills, Bill::status))
                .param("seconds", bills.stream().map(Bill::secondBill).toArray(Boolean[]::new))
                .param("inputs", longs(bills, Usage::inputTokens))
                .param("cached", longs(bills, Usage::cachedInputTokens))
                .param("writes5m", longs(bills, Usage::cacheWrite5mTokens))
                .param("writes1h", longs(bills, Usage::cacheWrite1hTokens))
                .param("outputs", longs(bills, Usage::outputTokens))
                .param("lists", texts(bills, bill -> amount(bill.charge().list())))
                .param("billed", texts(bills, bill -> amount(bill.charge().billed())))
                .param(
                        "lines",
                        texts(bills, bill -> linesJson.write(bill.charge().lines())))
                .param("prices", texts(bills, bill -> bill.charge().price()))
                .query((row, _) -> row.getBoolean("overlap"))
                .list();
        return new Inserted(inserted.size(), (int)
                inserted.stream().filter(Boolean::booleanValue).count());
    }

    @Override
    public int settleTwin(ProviderBatchRow batch, String remoteId, List<TwinLine> answered) {
        return transaction.execute(_ -> {
            Map<Integer, JobId> jobs = jobs(batch, answered);
            List<Bill> bills = answered.stream()
                    .filter(line -> jobs.containsKey(line.number()))
                    .map(line -> new Bill(
                            NameBasedId.of("twin:" + remoteId + ":" + line.number()),
                            requireNonNull(jobs.get(line.number())),
                            line.estimated() ? "unconfirmed" : "confirmed",
                            true,
                            line.usage(),
                            line.charge()))
                    .toList();
            int rows = insertBills(batch, bills, "said.second").rows();
            tellOfCosts(jobs.values());
            return rows;
        });
    }

    @Override
    public Map<Integer, Usage> estimates(ProviderBatchRow batch, Collection<Integer> numbers) {
        var estimates = new HashMap<Integer, Usage>();
        jdbc.sql("""
                SELECT number, input_tokens, output_tokens FROM provider_batch_line
                 WHERE provider_batch_id = :batch AND number = ANY (CAST(:numbers AS integer[]))
                """)
                .param("batch", batch.id().value())
                .param("numbers", numbers.toArray(Integer[]::new))
                .query(row -> {
                    estimates.put(
                            row.getInt("number"), Usage.of(row.getLong("input_tokens"), row.getLong("output_tokens")));
                });
        return estimates;
    }

    private Map<Integer, JobId> jobs(ProviderBatchRow batch, List<TwinLine> lines) {
        var jobs = new HashMap<Integer, JobId>();
        jdbc.sql("""
                SELECT number, job_id FROM provider_batch_line
                 WHERE provider_batch_id = :batch AND number = ANY (CAST(:numbers AS integer[]))
                   AND state NOT IN ('assigned', 'withdrawn')
                """)
                .param("batch", batch.id().value())
                .param("numbers", lines.stream().map(TwinLine::number).toArray(Integer[]::new))
                .query(row -> {
                    jobs.put(row.getInt("number"), new JobId(row.getObject("job_id", UUID.class)));
                });
        return jobs;
    }

    private void tellOfCosts(Collection<JobId> jobs) {
        jdbc.sql("""
                WITH seen AS (
                    UPDATE job SET row_version = row_version + 1
                     WHERE id = ANY (CAST(:ids AS uuid[])) AND finished_at IS NOT NULL
                    RETURNING id, created_at)
                INSERT INTO cost_watch (job_id)
                SELECT seen.id FROM seen JOIN job_input input ON input.job_id = seen.id AND input.job_created_at = seen.created_at
                 WHERE input.webhook_url IS NOT NULL
                    ON CONFLICT DO NOTHING
                """)
                .param("ids", jobs.stream().map(JobId::value).toArray(UUID[]::new))
                .update();
    }

    private static Settled summary(
            List<Fate> fates, List<EndedJob> ended, List<Fate.GoesAgain> again, int late, int overlaps) {
        var lines = new EnumMap<LineState, Integer>(LineState.class);
        Usd billed = Usd.ZERO;
        Usd list = Usd.ZERO;
        Usd unconfirmed = Usd.ZERO;
        Usage used = Usage.NONE;
        int unpriced = 0;
        for (Fate fate : fates) {
            lines.merge(state(fate.end()), 1, Integer::sum);
            switch (fate.end()) {
                case LineEnd.Answered answered -> {
                    used = used.plus(answered.usage());
                    billed = plus(billed, answered.charge().billed());
                    list = plus(list, answered.charge().list());
                    unpriced += answered.charge().priced() ? 0 : 1;
                }
                case LineEnd.Unreadable unreadable ->
                    unconfirmed = plus(unconfirmed, unreadable.charge().billed());
                case LineEnd.Again _, LineEnd.Refused _ -> {}
            }
        }
        return new Settled(
                lines,
                ended,
                again.stream().collect(toMap(fate -> fate.why().wire(), _ -> 1, Integer::sum)),
                late,
                overlaps,
                billed,
                list,
                unconfirmed,
                unpriced,
                used);
    }

    private static Usd plus(Usd sum, @Nullable Usd more) {
        return more == null ? sum : sum.plus(more);
    }

    private static <T extends Fate> List<T> only(List<Fate> fates, Class<T> kind) {
        return fates.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static <T> @Nullable String[] texts(List<T> rows, Function<T, @Nullable String> value) {
        return rows.stream().map(value).toArray(String[]::new);
    }

    private static Long[] longs(List<Bill> bills, Function<Usage, Long> value) {
        return bills.stream().map(bill -> value.apply(bill.usage())).toArray(Long[]::new);
    }

    private static @Nullable String amount(@Nullable Usd usd) {
        return usd == null ? null : usd.amount().toPlainString();
    }

    private static @Nullable OffsetDateTime at(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(UTC);
    }
}
