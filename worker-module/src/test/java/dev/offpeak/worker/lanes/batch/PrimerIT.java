package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.LedgerStores;
import dev.offpeak.shared.ledger.Price;
import dev.offpeak.shared.ledger.PriceBook;
import dev.offpeak.shared.ledger.Rates;
import dev.offpeak.shared.providerbatches.BatchGauges;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.CollectingLimits;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatchStores;
import dev.offpeak.shared.providerbatches.ProviderBatchTwins;
import dev.offpeak.shared.providerbatches.SomeJobs;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.testing.TestServers;
import dev.offpeak.shared.workflows.CachePolicy;
import dev.offpeak.shared.workflows.ContextPolicy;
import dev.offpeak.shared.workflows.LaneRule;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.lanes.Rules;
import dev.offpeak.worker.lanes.batch.FakeBatchProvider.Made;
import dev.offpeak.worker.lanes.batch.FakeBatchProvider.ProcessDied;
import dev.offpeak.worker.lanes.batch.FakeBatchProvider.Script;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/// Batches whose lines share a long prefix, on a real PostgreSQL and before a provider without tags that does what a
/// test says.
class PrimerIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-08-01T00:00:00Z"), ZoneOffset.UTC);
    private static final Duration DEAD_AFTER = Duration.ofSeconds(8);
    private static final ProviderAccount ACCOUNT = new ProviderAccount("openai", "default", true);
    private static final Usage WROTE = new Usage(1_010, 0, 0, 1_000, 4);

    /// At a dollar a million written, half a dollar read and 2.50 answered.
    private static final String BILL = "line confirmed false 0.000000 0.001015 prompt_cache_primer 0.001015";

    private static JdbcClient jdbc;
    private static ProviderBatchStores stores;
    private static SomeJobs jobs;

    private final FakeBatchProvider provider = new FakeBatchProvider();
    private String model = "";
    private boolean enabled = true;

    @TempDir
    private Path folder;

    private Worker worker;

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        var source = new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
        jdbc = JdbcClient.create(source);
        stores = new ProviderBatchStores(
                jdbc,
                new TransactionTemplate(new DataSourceTransactionManager(source)),
                new RecordingQueue(),
                IDS,
                _ -> new CollectingLimits.Most(1_000, 1_000_000, 1_000_000, Duration.ofSeconds(30)));
        jobs = new SomeJobs(jdbc, IDS);
    }

    @BeforeEach
    void begin() {
        jdbc.sql(
                        "UPDATE provider_batch SET state = 'abandoned', finished_at = now(), worker_id = NULL, claimed_at = NULL"
                                + " WHERE finished_at IS NULL")
                .update();
        model = "model-" + IDS.next();
        provider.tags = false;
        worker = new Worker();
    }

    /// With prices as claude-haiku-4-5 has them, for whatever model a test has.
    static Primers primers(
            ProviderBatchStores stores, Rules rules, Troubles troubles, BatchSettings settings, String model) {
        var rates = new Rates(
                new BigDecimal("0.5"), new BigDecimal("0.05"), null, new BigDecimal("1"), new BigDecimal("2.5"));
        var book = PriceBook.of(List.of(new Price("openai", model, List.of(), null, rates, rates, Optional.empty())));
        return new Primers(
                new Primers.Stores(stores.primers(), stores.batches(), stores.twins(), stores.lines()),
                rules,
                book,
                LedgerStores.charges(book, CLOCK),
                CLOCK,
                troubles,
                settings);
    }

    /// One process.
    private final class Worker implements WorkerIdentity {
        final WorkerId id = jobs.aliveWorker();
        final ProviderBatchTask task;
        final Lookup lookup;
        final Primers primers;
        final Providers providers;

        Worker() {
            var settings = new BatchSettings(
                    Duration.ofSeconds(2),
                    Duration.ofMinutes(2),
                    Duration.ZERO,
                    Duration.ofMinutes(5),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(10),
                    Duration.ofMinutes(15),
                    enabled,
                    Duration.ofMinutes(5),
                    Duration.ofSeconds(2),
                    Duration.ofMinutes(10),
                    folder,
                    Map.of(),
                    100_000,
                    true);
            var meters = new BatchMeters(new SimpleMeterRegistry());
            var account = new ProviderSettings.Account(null, null);
            providers = new Providers(
                    List.of(provider),
                    new ProviderSettings(
                            account,
                            account,
                            URI.create("http://localhost"),
                            Duration.ofSeconds(60),
                            Duration.ofSeconds(5)));
            var troubles = new Troubles(stores.batches(), settings, meters, new Random(5));
            lookup = new Lookup(
                    providers, stores.batches(), stores.steps(), stores.twins(), troubles, meters, this, settings);
            var rules = new Rules(new OneWorkflow());
            var writer = new InputWriter(stores.lines(), rules, new InputFolder(folder, id), new TokenCounter());
            primers = primers(stores, rules, troubles, settings, model);
            var parts = new Submission.Parts(
                    stores.batches(),
                    stores.steps(),
                    stores.quota(),
                    writer,
                    primers,
                    lookup,
                    troubles,
                    meters,
                    this,
                    _ -> {},
                    System::nanoTime);
            task = new ProviderBatchTask(
                    stores.batches(),
                    stores.steps(),
                    providers,
                    new Admission(stores.steps(), writer, primers, settings),
                    () -> new Submission(parts),
                    lookup,
                    new Following(stores.steps(), lookup, troubles, meters, settings),
                    _ -> Optional.of(Duration.ofMinutes(1)),
                    primers,
                    troubles,
                    this);
        }

        @Override
        public WorkerId id() {
            return id;
        }

        @Override
        public boolean mayStart() {
            return true;
        }

        @Override
        public boolean mayJudge() {
            return true;
        }

        @Override
        public Duration deadAfter() {
            return DEAD_AFTER;
        }

        void run(ProviderBatchRow batch) {
            jdbc.sql("UPDATE provider_batch SET not_before = now() - interval '1 hour',"
                            + " submitted_at = submitted_at - interval '10 seconds' WHERE id = :id")
                    .param("id", batch.id().value())
                    .update();
            try {
                task.run(new Task(TaskKind.PROVIDER_BATCH, batch.id().value(), 1, jobs.tenant()));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /// Another process goes on.
        void dies() {
            jdbc.sql("UPDATE worker SET beat_at = now() - interval '1 minute' WHERE id = :id")
                    .param("id", id.value())
                    .update();
            stores.upkeep().takeBack(DEAD_AFTER);
            worker = new Worker();
        }
    }

    private static final class OneWorkflow implements WorkflowStore {

        @Override
        public Optional<Workflow> version(TenantId tenant, String name, int version) {
            return Optional.of(new Workflow(
                    new WorkflowDefinition(
                            name,
                            Tier.FAST,
                            LaneRule.AUTO,
                            "openai",
                            "gpt-4o-mini",
                            "gpt-4.1",
                            List.of(),
                            150,
                            null,
                            Duration.ofMinutes(15),
                            CachePolicy.DEFAULT,
                            ContextPolicy.DEFAULT,
                            "Answer in one word. ".repeat(200)),
                    1,
                    Instant.EPOCH));
        }

        @Override
        public Optional<Workflow> current(TenantId tenant, String name) {
            throw new AssertionError();
        }

        @Override
        public List<Workflow> list(TenantId tenant, @Nullable String after, int limit) {
            throw new AssertionError();
        }

        @Override
        public List<Workflow> versions(TenantId tenant, String name, @Nullable Integer before, int limit) {
            throw new AssertionError();
        }

        @Override
        public Put put(TenantId tenant, WorkflowDefinition definition) {
            throw new AssertionError();
        }

        @Override
        public boolean delete(TenantId tenant, String name) {
            throw new AssertionError();
        }
    }

    private ProviderBatchRow closed(int lines) {
        return closed(lines, "hash");
    }

    private ProviderBatchRow closed(int lines, String prefix) {
        var group = new Group(jobs.tenant(), null, ACCOUNT, model, "/v1/chat/completions", prefix);
        for (int i = 0; i < lines; i++) {
            stores.collector()
                    .collect(
                            jobs.running(worker.id, "question " + i),
                            group,
                            Usage.of(40, 100),
                            Charge.UNPRICED,
                            300,
                            Duration.ZERO);
        }
        jdbc.sql("UPDATE provider_batch SET not_before = now() WHERE model = :model AND state = 'collecting'")
                .param("model", model)
                .update();
        stores.upkeep().closeDue(100);
        return newest(false).getFirst();
    }

    /// Of this test, the newest first.
    private List<ProviderBatchRow> newest(boolean primers) {
        return jdbc
                .sql("SELECT id FROM provider_batch WHERE model = :model AND (primer_of IS NOT NULL) = :primers"
                        + " ORDER BY id DESC")
                .param("model", model)
                .param("primers", primers)
                .query((row, _) -> new ProviderBatchId(row.getObject("id", UUID.class)))
                .list()
                .stream()
                .map(id -> stores.batches().find(id).orElseThrow())
                .toList();
    }

    private ProviderBatchRow primer() {
        return newest(true).getFirst();
    }

    private static ProviderBatchRow now(ProviderBatchRow batch) {
        return stores.batches().find(batch.id()).orElseThrow();
    }

    private Made lastMade() {
        return provider.batches.values().stream().toList().getLast();
    }

    private List<String> bills() {
        return jdbc.sql("""
                SELECT source || ' ' || status || ' ' || overlap || ' ' || list_usd::numeric(9,6) || ' '
                       || billed_usd::numeric(9,6) || ' ' || (lines -> 0 ->> 'kind') || ' ' || (lines -> 0 ->> 'usd') AS bill
                  FROM ledger_entry WHERE model = :model
                """)
                .param("model", model)
                .query((row, _) -> row.getString("bill"))
                .list();
    }

    /// A batch whose primer is at the provider.
    private ProviderBatchRow primed(int lines) {
        ProviderBatchRow batch = closed(lines);
        worker.run(batch);
        worker.run(primer());
        assertThat(primer().state()).isEqualTo(BatchState.SUBMITTED);
        return batch;
    }

    private void ends(RemoteBatch.Status status, @Nullable Usage answer) {
        lastMade().status = status;
        lastMade().answer = answer;
        lastMade().completed = answer == null ? 0 : 1;
    }

    private void assertSent(ProviderBatchRow batch, int breakpoints) {
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(lastMade().input.lines())
                .hasSize(now(batch).lines())
                .allMatch(line -> line.startsWith(batch.id().toString()) && line.endsWith(" " + breakpoints));
    }

    @Test
    void aPrimerGoesFirstAndItsBatchReadsWhatItWrote() {
        ProviderBatchRow batch = primed(4);
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.CLOSED);
        assertThat(lastMade().input).isEqualTo(primer().id() + "-1 Say OK. 1\n");

        ends(RemoteBatch.Status.COMPLETED, WROTE);
        worker.run(primer());

        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        assertThat(primer().primerOf()).isEqualTo(batch.id());
        assertSent(batch, 1);
        assertThat(bills()).containsExactly(BILL);
    }

    @Test
    void theBillStandsBesideTheFirstJobOfTheBatch() {
        ProviderBatchRow batch = primed(4);
        ends(RemoteBatch.Status.COMPLETED, WROTE);
        worker.run(primer());

        assertThat(jdbc.sql("""
                        SELECT count(*) FROM ledger_entry entry
                          JOIN provider_batch_line line ON line.job_id = entry.job_id AND line.number = 1
                         WHERE line.provider_batch_id = :batch AND entry.tenant_id = :tenant AND entry.workflow = 'classify'
                        """)
                        .param("batch", batch.id().value())
                        .param("tenant", jobs.tenant().value())
                        .query(Integer.class)
                        .single())
                .isOne();
    }

    @Test
    void aJobThatEndedMeanwhileShowsThatItsCostHasGrown() {
        ProviderBatchRow batch = primed(4);
        jdbc.sql("""
                        UPDATE job SET status = 'cancelled', finished_at = now(), row_version = 7
                         WHERE id IN (SELECT job_id FROM provider_batch_line WHERE provider_batch_id = :batch)
                        """).param("batch", batch.id().value()).update();
        ends(RemoteBatch.Status.COMPLETED, WROTE);

        worker.run(primer());

        assertThat(bills()).containsExactly(BILL);
        assertThat(jdbc.sql("""
                        SELECT job.row_version FROM job JOIN ledger_entry entry ON entry.job_id = job.id
                         WHERE entry.model = :model
                        """).param("model", model).query(Integer.class).single())
                .isEqualTo(8);
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.ABANDONED);
    }

    @Test
    void twoLinesGetNoPrimer() {
        assertSent(closed(2), 0);
        assertThat(newest(true)).isEmpty();
    }

    @Test
    void linesWithoutACommonPrefixGetNoPrimer() {
        assertSent(closed(4, ""), 0);
        assertThat(newest(true)).isEmpty();
    }

    @Test
    void aProviderWhoseBatchesReadEachOthersWritesNotGetsNoPrimer() {
        provider.tags = true; // primes no more, see there
        assertSent(closed(4), 0);
        assertThat(newest(true)).isEmpty();
    }

    @Test
    void nothingIsPrimedWhereAnOperatorDoesNotWantIt() {
        enabled = false;
        worker = new Worker();
        assertSent(closed(4), 0);
        assertThat(newest(true)).isEmpty();
    }

    @Test
    void aNearDeadlineDoesNotWaitForAPrimer() {
        ProviderBatchRow batch = closed(4);
        jdbc.sql("UPDATE provider_batch SET nearest_deadline = now() + interval '9 minutes' WHERE id = :id")
                .param("id", batch.id().value())
                .update();

        assertSent(batch, 0);
        assertThat(newest(true)).isEmpty();
    }

    @Test
    void aBatchWaitsForItsPrimerNoLongerThanThatMayTakeAndGoesWithoutIt() {
        ProviderBatchRow batch = primed(4);
        jdbc.sql("UPDATE provider_batch SET created_at = now() - interval '6 minutes' WHERE primer_of = :id")
                .param("id", batch.id().value())
                .update();

        assertSent(batch, 0);
    }

    @Test
    void aPrimerThatEndsLateIsBilledAllTheSame() {
        ProviderBatchRow batch = primed(4);
        Made stub = lastMade();
        jdbc.sql("UPDATE provider_batch SET created_at = now() - interval '6 minutes' WHERE primer_of = :id")
                .param("id", batch.id().value())
                .update();
        assertSent(batch, 0);
        stub.status = RemoteBatch.Status.COMPLETED;
        stub.answer = WROTE;

        worker.run(primer());

        assertThat(bills()).containsExactly(BILL);
    }

    @ParameterizedTest
    @EnumSource(
            value = RemoteBatch.Status.class,
            names = {"EXPIRED", "CANCELLED", "FAILED"})
    void aPrimerThatDidNotRunCostsNothingAndHoldsUpNobody(RemoteBatch.Status status) {
        ProviderBatchRow batch = primed(4);
        ends(status, null);
        worker.run(primer());

        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        assertThat(bills()).isEmpty();
        assertSent(batch, 0);
        assertThat(newest(true)).hasSize(1);
    }

    @Test
    void aPrimerThatTheProviderRefusesCostsNothingAndHoldsUpNobody() {
        ProviderBatchRow batch = closed(4);
        worker.run(batch);
        provider.creates.add(new Script.NotMade(new ProviderError.Rejected("invalid_request", "no")));
        worker.run(primer());

        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        assertThat(bills()).isEmpty();
        assertSent(batch, 0);
    }

    @Test
    void aPrimerThatIsLostCostsNothingAndHoldsUpNobody() {
        ProviderBatchRow batch = primed(4);
        provider.batches.clear();
        worker.run(primer());
        jdbc.sql("UPDATE provider_batch SET missing_since = now() - interval '1 hour' WHERE primer_of = :id")
                .param("id", batch.id().value())
                .update();
        worker.run(primer());

        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        assertThat(bills()).isEmpty();
        assertSent(batch, 0);
    }

    @Test
    void aPrimerThatWroteNothingIsBilledAndWarmsNobody() {
        ProviderBatchRow batch = primed(4);
        ends(RemoteBatch.Status.COMPLETED, new Usage(1_010, 0, 0, 0, 4));
        worker.run(primer());

        assertThat(bills()).containsExactly("line confirmed false 0.000000 0.000515 prompt_cache_primer 0.000515");
        assertSent(batch, 0);
    }

    @Test
    void resultsThatAreCountedButNotShownYetAreWaitedFor() {
        ProviderBatchRow batch = primed(4);
        ends(RemoteBatch.Status.COMPLETED, null);
        lastMade().completed = 1;
        worker.run(primer());
        assertThat(primer().state()).isEqualTo(BatchState.RECONCILING);
        provider.unreadable.add(new ProviderError.Rejected("not_found", "not yet"));
        worker.run(primer());
        assertThat(primer().state()).isEqualTo(BatchState.RECONCILING);

        lastMade().answer = WROTE;
        worker.run(primer());

        assertThat(bills()).containsExactly(BILL);
        assertSent(batch, 1);
    }

    @Test
    void resultsThatNeverComeAreEstimatedAndWarmNobody() {
        ProviderBatchRow batch = primed(4);
        ends(RemoteBatch.Status.COMPLETED, null);
        lastMade().completed = 1;
        worker.run(primer());
        jdbc.sql("UPDATE provider_batch SET ended_at = now() - interval '1 hour' WHERE primer_of = :id")
                .param("id", batch.id().value())
                .update();
        worker.run(primer());

        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        assertThat(bills()).singleElement().asString().startsWith("line unconfirmed false 0.000000 ");
        assertSent(batch, 0);
    }

    @Test
    void whatAPrimerWroteServesOtherBatchesOfItsPrefix() {
        ProviderBatchRow batch = closed(4);
        ProviderBatchRow other = closed(4);
        worker.run(batch);
        worker.run(other);
        assertThat(newest(true)).hasSize(1);
        assertThat(now(other).state()).isEqualTo(BatchState.CLOSED);
        worker.run(primer());
        ends(RemoteBatch.Status.COMPLETED, WROTE);
        worker.run(primer());

        assertSent(other, 1);
        assertSent(batch, 1);
        assertSent(closed(2), 1);
        assertThat(newest(true)).hasSize(1);
    }

    @Test
    void whatWasWrittenTooLongAgoIsWrittenAnew() {
        ProviderBatchRow batch = primed(4);
        ends(RemoteBatch.Status.COMPLETED, WROTE);
        worker.run(primer());
        jdbc.sql("UPDATE provider_batch SET created_at = now() - interval '1 hour',"
                        + " submitted_at = now() - interval '1 hour' WHERE primer_of = :id")
                .param("id", batch.id().value())
                .update();

        ProviderBatchRow later = closed(4);
        worker.run(later);

        assertThat(now(later).state()).isEqualTo(BatchState.CLOSED);
        assertThat(newest(true)).hasSize(2);
        assertThat(now(batch).state()).isEqualTo(BatchState.CLOSED);
    }

    @Test
    void aPrimerWhoseBatchHasNoLineLeftIsNotSent() {
        ProviderBatchRow batch = closed(4);
        worker.run(batch);
        stores.steps().disband(now(batch));

        worker.run(primer());

        assertThat(primer().state()).isEqualTo(BatchState.ABANDONED);
        assertThat(provider.batches).isEmpty();
        assertThat(bills()).isEmpty();
    }

    @Test
    void aCancelledPrimerThatWasNotSentIsDropped() {
        ProviderBatchRow batch = closed(4);
        worker.run(batch);
        jdbc.sql("UPDATE provider_batch SET cancel_requested = true WHERE model = :model")
                .param("model", model)
                .update();

        worker.run(primer());
        worker.run(batch);

        assertThat(primer().state()).isEqualTo(BatchState.ABANDONED);
        assertThat(now(batch).state()).isNotEqualTo(BatchState.CLOSED);
    }

    @Test
    void aBatchWhosePrimerIsBilledMayBeSplitMeanwhile() {
        ProviderBatchRow batch = primed(4);
        assertThat(stores.steps().split(now(batch), 2)).isTrue();
        ends(RemoteBatch.Status.COMPLETED, WROTE);
        worker.run(primer());

        assertThat(bills()).containsExactly(BILL);
        for (ProviderBatchRow child : newest(false).subList(0, 2)) {
            assertSent(child, 1);
        }
        assertThat(newest(true)).hasSize(1);
    }

    @Test
    void theShareThatCameFromTheCacheIsMeasuredByWorkflow() {
        ProviderBatchRow batch = primed(4);
        jdbc.sql("UPDATE provider_batch SET ended_at = now() WHERE id = :id")
                .param("id", batch.id().value())
                .update();
        jdbc.sql("""
                        INSERT INTO provider_batch_report
                        SELECT :id, now(), 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4000, 3600, 0, 0, 16, 0, 0, 0, 0, NULL, NULL, NULL
                        """).param("id", batch.id().value()).update();

        assertThat(stores.gauges().cached(20)).containsExactly(new BatchGauges.Cached("simulator", "classify", 0.9));
    }

    /// Wherever a process dies on the primer's way, it is sent and billed once.
    @ParameterizedTest
    @EnumSource(
            value = Failpoint.class,
            names = {
                "BATCH_SEALED",
                "BATCH_FILE_WRITTEN",
                "BATCH_CREATING",
                "BATCH_CREATED",
                "BATCH_SUBMITTED",
                "BATCH_POLLED",
                "PRIMER_BILLED"
            })
    void isSentAndBilledOnceWhereverAProcessDies(Failpoint point) {
        ProviderBatchRow batch = closed(4);
        worker.run(batch);
        boolean[] died = {false};
        try (var _ = Failpoints.arm(Map.of(point, () -> {
            if (!died[0]) {
                died[0] = true;
                throw new ProcessDied();
            }
        }))) {
            for (int turn = 0; turn < 12 && primer().finishedAt() == null; turn++) {
                try {
                    provider.batches.values().forEach(made -> {
                        made.status = RemoteBatch.Status.COMPLETED;
                        made.answer = WROTE;
                        made.completed = 1;
                    });
                    worker.run(primer());
                    // One that was created anew waits until no twin can come any more.
                    jdbc.sql("UPDATE provider_batch SET submitted_at = created_at - interval '6 minutes'"
                                    + " WHERE primer_of = :id AND submitted_at IS NOT NULL")
                            .param("id", batch.id().value())
                            .update();
                } catch (ProcessDied _) {
                    worker.dies();
                    jdbc.sql("UPDATE provider_batch SET creating_at = creating_at - interval '1 hour'"
                                    + " WHERE primer_of = :id")
                            .param("id", batch.id().value())
                            .update();
                }
            }
        }

        assertThat(died[0]).isTrue();
        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        assertThat(provider.batches).hasSize(1);
        assertThat(bills()).containsExactly(BILL);
        assertSent(batch, 1);
    }

    @Test
    void aClaimThatIsOverBillsNothingTwice() {
        ProviderBatchRow batch = primed(4);
        ends(RemoteBatch.Status.COMPLETED, WROTE);
        try (var _ = Failpoints.arm(Map.of(Failpoint.PRIMER_BILLED, () -> {
            throw new ProcessDied();
        }))) {
            assertThatThrownBy(() -> worker.run(primer())).isInstanceOf(ProcessDied.class);
        }
        worker.dies();
        worker.run(primer());

        assertThat(bills()).containsExactly(BILL);
        assertSent(batch, 1);
    }

    @Test
    void aTwinOfAPrimerIsDeclaredAsOverlap() {
        ProviderBatchRow batch = primed(4);
        Made first = lastMade();
        Made twin = provider.make(1, null, Map.of(), first.input);
        stores.twins().found(primer().id(), twin.id);
        first.status = RemoteBatch.Status.COMPLETED;
        first.answer = WROTE;
        worker.run(primer());
        assertThat(primer().state()).isEqualTo(BatchState.RECONCILING);

        twin.status = RemoteBatch.Status.CANCELLED;
        twin.answer = WROTE;
        worker.run(primer());

        assertThat(bills()).containsExactlyInAnyOrder(BILL, BILL.replace("false", "true"));
        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        assertThat(now(batch).state()).isEqualTo(BatchState.CLOSED);
    }

    @Test
    void aTwinOfAPrimerThatTurnsUpAfterItWasAccountedForIsDeclaredToo() throws Exception {
        primed(4);
        Made first = lastMade();
        ends(RemoteBatch.Status.COMPLETED, WROTE);
        worker.run(primer());
        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        Made twin = provider.make(1, null, Map.of(), first.input);
        twin.status = RemoteBatch.Status.CANCELLED;
        twin.answer = WROTE;
        stores.twins().found(primer().id(), twin.id);

        worker.primers.settleLateTwins(worker.providers, 100);

        assertThat(bills()).containsExactlyInAnyOrder(BILL, BILL.replace("false", "true"));
        assertThat(stores.twins().of(primer().id())).allMatch(found -> found.endedAt() != null);
    }

    @Test
    void aBatchThatWasTakenForAPrimerOrItsTwinIsLeftToTheOneWhoseLineItHas() throws Exception {
        ProviderBatchRow owner = closed(1);
        jdbc.sql("UPDATE provider_batch SET state = 'abandoned', finished_at = now() WHERE id = :id")
                .param("id", owner.id().value())
                .update();
        model = "model-" + IDS.next();
        worker = new Worker();
        primed(4);
        Made adopted = lastMade();
        adopted.status = RemoteBatch.Status.COMPLETED;
        adopted.completed = 1;
        Made twin = provider.make(1, null, Map.of(), "");
        twin.status = RemoteBatch.Status.CANCELLED;
        var answer = new Completion("OK", Completion.FinishReason.STOP, WROTE, "answered", null);
        List.of(adopted, twin)
                .forEach(made ->
                        provider.results.put(made.id, List.of(new LineResult.Answered(owner.id() + "-1", answer))));
        stores.twins().found(primer().id(), twin.id);

        worker.run(primer());

        assertThat(primer().state()).isEqualTo(BatchState.RECONCILED);
        assertThat(bills()).isEmpty();
        assertThat(stores.twins().of(primer().id())).isEmpty();
        assertThat(stores.twins().of(owner.id()))
                .extracting(ProviderBatchTwins.Twin::remoteId)
                .containsExactlyInAnyOrder(adopted.id, twin.id);
    }
}
