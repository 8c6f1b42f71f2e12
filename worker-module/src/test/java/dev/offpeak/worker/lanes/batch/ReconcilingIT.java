package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.JobEndedBus;
import dev.offpeak.shared.jobs.JobParts;
import dev.offpeak.shared.jobs.JobView;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.ledger.CostLine;
import dev.offpeak.shared.ledger.LedgerStores;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.CollectingLimits;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatchStores;
import dev.offpeak.shared.providerbatches.SomeJobs;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.ServiceTier;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.testing.TestServers;
import dev.offpeak.shared.webhooks.WebhookStores;
import dev.offpeak.worker.lanes.AnswerCheck;
import dev.offpeak.worker.lanes.RetryRule;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/// What becomes of ended batches whose results are not what they should be, on a real PostgreSQL.
class ReconcilingIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final ProviderAccount ACCOUNT = new ProviderAccount("openai", "default", true);
    private static final RetryRule RETRIES = new RetryRule() {
        @Override
        public int maxAttempts() {
            return 3;
        }

        @Override
        public Duration after(int attempt) {
            return Duration.ZERO;
        }
    };

    private static final Completion COMPLETION =
            new Completion("42", Completion.FinishReason.STOP, Usage.of(40, 2), "gpt-4o-mini", null);

    private static JdbcClient jdbc;
    private static ProviderBatchStores stores;
    private static SomeJobs jobs;
    private static JobParts parts;
    private static JobEndedBus bus;
    private static WorkerId worker;

    private final FakeBatchProvider provider = new FakeBatchProvider();
    private final List<JobId> made = new ArrayList<>();

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        var source = new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
        jdbc = JdbcClient.create(source);
        var transaction = new TransactionTemplate(new DataSourceTransactionManager(source));
        var queue = new RecordingQueue();
        stores = new ProviderBatchStores(
                jdbc,
                transaction,
                queue,
                IDS,
                _ -> new CollectingLimits.Most(1_000, 1_000_000, 1_000_000, Duration.ofSeconds(30)));
        jobs = new SomeJobs(jdbc, IDS);
        bus = new JobEndedBus(source);
        parts = new JobParts(
                jdbc, transaction, queue, LedgerStores.ledger(jdbc), WebhookStores.outbox(jdbc, queue, IDS), bus);
        worker = jobs.aliveWorker();
    }

    @AfterAll
    static void disconnect() {
        bus.close();
    }

    /// Nobody else's create is in the way.
    @BeforeEach
    void begin() {
        jdbc.sql("""
                UPDATE provider_batch SET state = 'abandoned', finished_at = now(), worker_id = NULL, claimed_at = NULL
                 WHERE state = 'creating'
                """).update();
    }

    @Test
    void aReceiptIsNotFinalWhileATwinIsOpenAndATwinsUnreadableLineIsBilledAtItsEstimate() throws Exception {
        FakeBatchProvider.Made own = remote();
        FakeBatchProvider.Made twin = remote();
        twin.status = RemoteBatch.Status.CANCELLING;
        ProviderBatchRow batch = ended(own, 2);
        stores.twins().found(batch.id(), twin.id);
        provider.results.put(own.id, List.of(answered(batch, 1), answered(batch, 2)));
        provider.results.put(
                twin.id,
                List.of(
                        new LineResult.Unreadable(customId(batch, 1), "cut"),
                        new LineResult.Unreadable(customId(batch, 2), "cut"),
                        answered(batch, 2)));

        assertThat(reconcile(batch)).as("a batch waits for no twin").isEmpty();
        assertThat(now(batch).state()).isEqualTo(BatchState.RECONCILED);
        assertThat(view(0).status()).isEqualTo("succeeded");
        assertThat(view(0).cost().last()).isFalse();
        long version = version(0);

        twin.status = RemoteBatch.Status.CANCELLED;
        reconciling().settleLateTwins(10);

        assertThat(bills(0)).containsExactlyInAnyOrder("confirmed false 0.01", "unconfirmed true 0.03");
        assertThat(bills(1)).containsExactlyInAnyOrder("confirmed false 0.01", "confirmed true 0.01");
        assertThat(view(1).cost().last()).isTrue();
        assertThat(version(0)).isGreaterThan(version);
    }

    @Test
    void aTwinThatTurnsUpAfterItsBatchIsAccountedForToo() throws Exception {
        FakeBatchProvider.Made own = remote();
        ProviderBatchRow batch = ended(own, 1);
        provider.results.put(own.id, List.of(answered(batch, 1)));
        reconcile(batch);
        assertThat(view(0).cost().last()).isTrue();
        FakeBatchProvider.Made twin = remote();
        provider.results.put(twin.id, List.of(answered(batch, 1)));

        stores.twins().found(batch.id(), twin.id);
        assertThat(view(0).cost().last()).isFalse();
        reconciling().settleLateTwins(10);

        assertThat(bills(0)).containsExactlyInAnyOrder("confirmed false 0.01", "confirmed true 0.01");
        assertThat(view(0).cost().last()).isTrue();
    }

    @Test
    void aTwinThatWasTakenForThatOfABatchOfItsSizeIsBilledToTheJobsWhoseLinesItHas() throws Exception {
        ProviderBatchRow owner = reconciled();
        ProviderBatchRow other = reconciled();
        FakeBatchProvider.Made twin = remote();
        provider.results.put(twin.id, List.of(answered(owner, 1)));
        stores.twins().found(other.id(), twin.id);
        stores.twins().cancelled(other.id(), twin.id);

        reconciling().settleLateTwins(10);
        assertThat(stores.twins().of(other.id())).isEmpty();
        assertThat(stores.twins().of(owner.id())).allMatch(found -> found.cancelledAt() != null);
        assertThat(view(0).cost().last()).isFalse();
        assertThat(view(1).cost().last()).isTrue();
        reconciling().settleLateTwins(10);

        assertThat(bills(0)).containsExactlyInAnyOrder("confirmed false 0.01", "confirmed true 0.01");
        assertThat(bills(1)).containsExactly("confirmed false 0.01");
        assertThat(view(0).cost().last()).isTrue();
    }

    @Test
    void anAdoptedBatchThatIsAnothersTwinIsBilledToTheJobsWhoseLinesItHas() throws Exception {
        provider.tags = false;
        ProviderBatchRow owner = reconciled();
        FakeBatchProvider.Made twin = remote();
        ProviderBatchRow adopted = ended(twin, 1);
        provider.results.put(twin.id, List.of(answered(owner, 1)));

        assertThat(reconcile(adopted)).isPresent();
        assertThat(now(adopted).state()).isEqualTo(BatchState.CREATING);
        assertThat(stores.twins().of(adopted.id())).isEmpty();
        reconciling().settleLateTwins(10);

        assertThat(bills(0)).containsExactlyInAnyOrder("confirmed false 0.01", "confirmed true 0.01");
        assertThat(bills(1)).isEmpty();
    }

    @Test
    void aTwinOfABatchThatWasSplitBeforeItWasSubmittedIsAccountedForToo() throws Exception {
        ProviderBatchRow batch = ended(remote(), 2);
        jdbc.sql("""
                UPDATE provider_batch
                   SET state = 'uploading', remote_id = NULL, ended_as = NULL, ended_at = NULL, submitted_at = NULL,
                       doubted_at = now(), doubted_lines = 2
                 WHERE id = :id
                """).param("id", batch.id().value()).update();
        ProviderBatchRow claimed = stores.batches().claim(batch.id(), worker).orElseThrow();
        assertThat(stores.steps().split(claimed, 2)).isTrue();
        FakeBatchProvider.Made twin = remote();
        provider.results.put(twin.id, List.of(answered(batch, 1), answered(batch, 2)));

        stores.twins().found(batch.id(), twin.id);
        reconciling().settleLateTwins(10);

        assertThat(bills(0)).containsExactly("confirmed true 0.01");
        assertThat(bills(1)).containsExactly("confirmed true 0.01");
        assertThat(jobs.status(made.getFirst())).isEqualTo("batched collecting");
    }

    /// Of one line.
    private ProviderBatchRow reconciled() throws InterruptedException {
        FakeBatchProvider.Made own = remote();
        ProviderBatchRow batch = ended(own, 1);
        provider.results.put(own.id, List.of(answered(batch, 1)));
        assertThat(reconcile(batch)).isEmpty();
        return batch;
    }

    @Test
    void resultsThatAreCutWithinALineAreReadAgainForAWhileAndThenTakenAsTheyAre() throws Exception {
        FakeBatchProvider.Made own = remote();
        ProviderBatchRow batch = ended(own, 3);
        provider.results.put(
                own.id, List.of(answered(batch, 1), new LineResult.Unreadable(customId(batch, 2), "not JSON")));
        provider.brokenResults.put(own.id, new ProviderError.Malformed("the results end within a line"));

        for (int i = 0; i < 6; i++) {
            assertThat(reconcile(batch)).isPresent();
        }
        assertThat(jobs.lines(batch)).contains("sent");
        unreadFor(batch, "2 hours");
        assertThat(reconcile(batch)).isEmpty();

        assertThat(now(batch).state()).isEqualTo(BatchState.RECONCILED);
        assertThat(jobs.lines(batch)).containsExactly("ok", "error", "lost");
        assertThat(bills(1)).containsExactly("unconfirmed false 0.03");
        assertThat(jobs.status(made.get(2))).isEqualTo("queued backoff");
    }

    @Test
    void anOutageIsWaitedForHoweverLongItIs() throws Exception {
        FakeBatchProvider.Made own = remote();
        ProviderBatchRow batch = ended(own, 1);
        provider.brokenResults.put(own.id, new ProviderError.Unavailable("503"));
        endedAgo(batch, "5 hours");

        for (int i = 0; i < 7; i++) {
            assertThat(reconcile(batch)).isPresent();
        }

        assertThat(jobs.lines(batch)).containsExactly("sent");
    }

    @Test
    void resultsThatWereArchivedAreGivenUp() throws Exception {
        FakeBatchProvider.Made own = remote();
        ProviderBatchRow batch = ended(own, 1);
        provider.brokenResults.put(own.id, new ProviderError.Rejected("not_found_error", "the results are archived"));

        assertThat(reconcile(batch)).isPresent();
        unreadFor(batch, "2 hours");
        assertThat(reconcile(batch)).isEmpty();

        assertThat(jobs.lines(batch)).containsExactly("lost");
        assertThat(jobs.status(made.getFirst())).isEqualTo("queued backoff");
    }

    @Test
    void anAdoptedBatchThatIsNotOursIsLeftAloneAndOursIsLookedForAnew() throws Exception {
        provider.tags = false;
        FakeBatchProvider.Made strange = remote();
        ProviderBatchRow batch = ended(strange, 1);
        provider.results.put(
                strange.id, List.of(new LineResult.NotRun("theirs-1", LineResult.NotRun.Why.EXPIRED, "x")));

        assertThat(reconcile(batch)).isPresent();

        ProviderBatchRow released = now(batch);
        assertThat(released.state()).isEqualTo(BatchState.CREATING);
        assertThat(released.remoteId()).isNull();
        assertThat(released.endedAs()).isNull();
        assertThat(jobs.lines(batch)).containsExactly("sent");
        assertThat(stores.steps().unknown(ACCOUNT, List.of(strange.id, "another"), false))
                .hasValueSatisfying(unknown -> assertThat(unknown).containsExactly("another"));
        assertThat(stores.twins().toCancel(100))
                .as("nothing of others is cancelled")
                .noneMatch(twin -> twin.remoteId().equals(strange.id));
        assertThat(bills(0)).isEmpty();
    }

    private FakeBatchProvider.Made remote() {
        FakeBatchProvider.Made remote = provider.make(1, null, Map.of(), "");
        remote.status = RemoteBatch.Status.COMPLETED;
        return remote;
    }

    private ProviderBatchRow ended(FakeBatchProvider.Made remote, int lines) {
        String model = "model-" + IDS.next();
        var group = new Group(jobs.tenant(), null, ACCOUNT, model, "/v1/chat/completions", "");
        for (int i = 0; i < lines; i++) {
            ClaimedJob job = jobs.running(worker, "question " + i);
            made.add(job.id());
            stores.collector().collect(job, group, Usage.of(40, 100), Charge.UNPRICED, 300, Duration.ZERO);
        }
        var id = new ProviderBatchId(jdbc.sql("""
                        UPDATE provider_batch
                           SET state = 'ended', remote_id = :remote, ended_as = 'completed', ended_at = now(), submitted_at = now(),
                               closed_at = now(), creating_at = now(), not_before = now()
                         WHERE model = :model RETURNING id
                        """)
                .param("remote", remote.id)
                .param("model", model)
                .query(UUID.class)
                .single());
        jdbc.sql("UPDATE provider_batch_line SET state = 'sent' WHERE provider_batch_id = :id")
                .param("id", id.value())
                .update();
        return stores.batches().find(id).orElseThrow();
    }

    private static void unreadFor(ProviderBatchRow batch, String age) {
        jdbc.sql("UPDATE provider_batch SET missing_since = now() - CAST(:age AS interval) WHERE id = :id")
                .param("age", age)
                .param("id", batch.id().value())
                .update();
    }

    private static void endedAgo(ProviderBatchRow batch, String age) {
        jdbc.sql("UPDATE provider_batch SET ended_at = now() - CAST(:age AS interval) WHERE id = :id")
                .param("age", age)
                .param("id", batch.id().value())
                .update();
    }

    private static ProviderBatchRow now(ProviderBatchRow batch) {
        return stores.batches().find(batch.id()).orElseThrow();
    }

    private Optional<Duration> reconcile(ProviderBatchRow batch) throws InterruptedException {
        jdbc.sql("UPDATE provider_batch SET not_before = now() - interval '1 hour' WHERE id = :id")
                .param("id", batch.id().value())
                .update();
        ProviderBatchRow claimed = stores.batches().claim(batch.id(), worker).orElseThrow();
        Optional<Duration> again = reconciling().reconcile(claimed);
        again.ifPresent(pause -> stores.batches().release(claimed, pause));
        return again;
    }

    private Reconciling reconciling() {
        var lines = stores.settlement(parts.endings());
        var charges = new FixedCharges();
        return new Reconciling(
                new Reconciling.Stores(
                        stores.batches(),
                        stores.twins(),
                        lines,
                        stores.refusals(lines),
                        stores.steps(),
                        stores.quota(),
                        stores.reports()),
                _ -> Optional.of(provider),
                charges,
                new LineJudge(new AnswerCheck(), charges, RETRIES),
                RETRIES,
                new ReconcileSettings(
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(10),
                        Duration.ofHours(1),
                        Duration.ofSeconds(15)),
                new ReconcileMeters(new SimpleMeterRegistry()));
    }

    private static final class FixedCharges implements Charges {

        private static Charge of(String usd) {
            return new Charge(Usd.of(usd), Usd.of(usd), "price_1", List.of(new CostLine("list", Usd.of(usd))));
        }

        @Override
        public Charge direct(
                ProviderAccount account, String asked, String answered, Usage usage, ServiceTier servedAs) {
            throw new AssertionError();
        }

        @Override
        public Charge atMost(ProviderAccount account, String model, Usage most) {
            throw new AssertionError();
        }

        @Override
        public Charge batch(ProviderAccount account, String asked, String answered, Usage usage) {
            return of("0.01");
        }

        @Override
        public Charge atMostInBatch(ProviderAccount account, String model, Usage most) {
            return of("0.03");
        }
    }

    private static String customId(ProviderBatchRow batch, int number) {
        return batch.id() + "-" + number;
    }

    private static LineResult answered(ProviderBatchRow batch, int number) {
        return new LineResult.Answered(customId(batch, number), COMPLETION);
    }

    private JobView view(int place) {
        return parts.jobs().find(jobs.tenant(), made.get(place)).orElseThrow().job();
    }

    private long version(int place) {
        return parts.jobs().find(jobs.tenant(), made.get(place)).orElseThrow().version();
    }

    private List<String> bills(int place) {
        return jdbc.sql("""
                        SELECT status || ' ' || overlap || ' ' || trim_scale(billed_usd) FROM ledger_entry WHERE job_id = :job
                        """)
                .param("job", made.get(place).value())
                .query((row, _) -> row.getString(1))
                .list();
    }
}
