package dev.offpeak.shared.batches;

import static java.time.ZoneOffset.UTC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.testing.TestServers;
import dev.offpeak.shared.webhooks.WebhookStores;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/// What feeders ask about the lines of bulks with a limit, of a real PostgreSQL.
class BatchFeedsIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final TenantId TENANT = new TenantId(IDS.next());
    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

    private static JdbcClient jdbc;
    private static BatchFeeds feeds;

    private final ClaimedBatch bulk = aBulk();

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        var source = new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
        jdbc = JdbcClient.create(source);
        var queue = new RecordingQueue();
        feeds = new JdbcBatchFeeds(
                jdbc,
                new TransactionTemplate(new DataSourceTransactionManager(source)),
                queue,
                new JdbcBatchReader(jdbc),
                WebhookStores.outbox(jdbc, queue, IDS));
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:id, 'acme')")
                .param("id", TENANT.value())
                .update();
    }

    @Test
    void countsALineThatIsCalledAtThePriceOfItsCall() {
        line("batched", "now()", "0.019");
        line("running", "now()", "0.019");
        line("queued", "now()", "0.019");
        line("queued", "'infinity'", "0.019");

        assertThat(feeds.spending(bulk).underWay()).isEqualTo(Usd.of("0.048"));
    }

    @Test
    void takesACallToCostTwiceALineWhereNobodyHasEstimatedIt() {
        line("running", "now()", null);

        assertThat(feeds.spending(bulk).underWay()).isEqualTo(Usd.of("0.02"));
    }

    @Test
    void countsTheCallThatRescuesALineBesideTheLine() {
        JobId rescued = line("queued", "now()", "0.019");
        sent(rescued);

        assertThat(feeds.spending(bulk).underWay()).isEqualTo(Usd.of("0.029"));
    }

    @Test
    void saysWhatALineMayCostByEachWay() {
        line("queued", "'infinity'", "0.019");
        line("queued", "'infinity'", null);

        assertThat(feeds.unfed(bulk, null, 10))
                .extracting(line -> line.estimate().usd())
                .containsExactly(Usd.of("0.01"), Usd.of("0.01"));
        assertThat(feeds.unfed(bulk, null, 10))
                .extracting(line -> line.estimate().callUsd())
                .containsExactly(Usd.of("0.019"), Usd.of("0.02"));
    }

    @Test
    void letsNoLineWaitForABatchAgainThatHasToBeCalled() {
        line("queued", "'infinity'", "0.019");
        JobId called = line("queued", "'infinity'", "0.019");
        jdbc.sql("UPDATE job SET rescue = true WHERE id = :id")
                .param("id", called.value())
                .update();

        assertThat(feeds.unfed(bulk, null, 10)).extracting(UnfedLine::mayWait).containsExactly(true, false);
    }

    @Test
    void knowsThatALinePausesUntilItsPauseIsOver() {
        JobId again = line("queued", "'infinity'", "0.019");
        assertThat(feeds.pausing(bulk.id())).isFalse();

        hold(again, "1 hour");
        assertThat(feeds.pausing(bulk.id())).isTrue();
        assertThat(feeds.unfed(bulk, null, 10)).isEmpty();

        hold(again, "-1 second");
        assertThat(feeds.pausing(bulk.id())).isFalse();
        assertThat(feeds.unfed(bulk, null, 10)).hasSize(1);
    }

    private static ClaimedBatch aBulk() {
        var id = new BatchId(IDS.next());
        jdbc.sql("""
                INSERT INTO batch (id, tenant_id, workflow, workflow_version, total, invalid, max_cost_usd, deadline, created_at)
                VALUES (:id, :tenant, 'classify', 1, 9, 0, 1, CAST(:at AS timestamptz) + interval '1 day', :at)
                """)
                .param("id", id.value())
                .param("tenant", TENANT.value())
                .param("at", NOW.atOffset(UTC))
                .update();
        return new ClaimedBatch(id, TENANT, 0, BatchStatus.RUNNING, Usd.of("1"), false, 9, NOW, NOW);
    }

    /// Of 0.01 in a provider batch.
    private JobId line(String status, String due, @Nullable String call) {
        var id = new JobId(IDS.next());
        jdbc.sql("""
                WITH job AS (
                    INSERT INTO job (id, tenant_id, type, status, workflow, workflow_version, tier, deadline, batch_id,
                                     not_before, created_at, may_wait, worker_id)
                    VALUES (:id, :tenant, 'generation', :status, 'classify', 1, 'fast', CAST(:at AS timestamptz) + interval '1 day',
                            :bulk, %s, :at, true, CASE WHEN :status = 'running' THEN gen_random_uuid() END)
                    RETURNING id, created_at)
                INSERT INTO job_input (job_id, job_created_at, request, input_tokens, output_tokens, input_bytes, estimate_usd,
                                       call_estimate_usd)
                SELECT id, created_at, '{}', 100, 100, 1000, 0.01, CAST(:call AS numeric) FROM job
                """.formatted(due))
                .param("id", id.value())
                .param("tenant", TENANT.value())
                .param("bulk", bulk.id().value())
                .param("status", status)
                .param("at", NOW.atOffset(UTC))
                .param("call", call)
                .update();
        return id;
    }

    /// In a provider batch that the bulk shares with others.
    private static void sent(JobId job) {
        jdbc.sql("""
                WITH batch AS (
                    INSERT INTO provider_batch (id, tenant_id, protocol, provider, account, model, endpoint, state, lines,
                                                close_at, remote_id)
                    VALUES (:batch, :tenant, 'openai', 'simulator', 'default', 'gpt-4o-mini', '/v1/chat/completions',
                            'submitted', 1, now(), :remote)
                    RETURNING id)
                INSERT INTO provider_batch_line (provider_batch_id, number, id, job_id, job_created_at, state, input_tokens,
                                                 output_tokens, estimate_usd)
                SELECT id, 1, :line, :job, :at, 'sent', 100, 100, 0.01 FROM batch
                """)
                .param("batch", IDS.next())
                .param("remote", "batch_" + IDS.next())
                .param("tenant", TENANT.value())
                .param("line", IDS.next())
                .param("job", job.value())
                .param("at", NOW.atOffset(UTC))
                .update();
    }

    private static void hold(JobId job, String pause) {
        jdbc.sql("UPDATE job SET held_until = now() + CAST(:pause AS interval) WHERE id = :id")
                .param("pause", pause)
                .param("id", job.value())
                .update();
    }
}
