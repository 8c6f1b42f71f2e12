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
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.CollectingLimits;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatchStores;
import dev.offpeak.shared.providerbatches.ProviderBatchTwins.Twin;
import dev.offpeak.shared.providerbatches.SomeJobs;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
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
import dev.offpeak.worker.lanes.batch.FakeBatchProvider.ProcessDied;
import dev.offpeak.worker.lanes.batch.FakeBatchProvider.Script;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
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

/// Provider batches from their collection to their end, on a real PostgreSQL and before a provider that does what a
/// test
/// says. A worker's death is an error that nothing catches, after which another worker takes the batch over.
class BatchLaneIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final Duration DEAD_AFTER = Duration.ofSeconds(8);
    private static final ProviderAccount ACCOUNT = new ProviderAccount("openai", "default", true);

    private static JdbcClient jdbc;
    private static ProviderBatchStores stores;
    private static SomeJobs jobs;

    private FakeBatchProvider provider = new FakeBatchProvider();
    private final List<ProviderBatchRow> reconciled = new ArrayList<>();
    private String model = "";
    private Duration settleFor = Duration.ZERO;
    private boolean accountIsOursAlone = true;
    private final AtomicLong nanos = new AtomicLong();

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
        // Nobody else's create is in the way.
        jdbc.sql(
                        "UPDATE provider_batch SET state = 'abandoned', finished_at = now(), worker_id = NULL, claimed_at = NULL"
                                + " WHERE finished_at IS NULL")
                .update();
        // Nobody looks for their twins.
        jdbc.sql("UPDATE provider_batch SET suspect = false, doubted_at = NULL, doubted_lines = NULL WHERE suspect")
                .update();
        model = "model-" + IDS.next();
        worker = new Worker();
    }

    /// One process.
    private final class Worker implements WorkerIdentity {
        final WorkerId id = jobs.aliveWorker();
        final InputFolder inputs = new InputFolder(folder, id);
        final ProviderBatchTask task;
        final Lookup lookup;
        boolean mayStart = true;

        Worker() {
            var settings = settings();
            var meters = new BatchMeters(new SimpleMeterRegistry());
            var account = new ProviderSettings.Account(null, null);
            var providers = new Providers(
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
            var writer = new InputWriter(stores.lines(), new Rules(new OneWorkflow()), inputs, new TokenCounter());
            var primers = PrimerIT.primers(stores, new Rules(new OneWorkflow()), troubles, settings, model);
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
                    nanos::get);
            task = new ProviderBatchTask(
                    stores.batches(),
                    stores.steps(),
                    providers,
                    new Admission(stores.steps(), writer, primers, settings),
                    () -> new Submission(parts),
                    lookup,
                    new Following(stores.steps(), lookup, troubles, meters, settings),
                    batch -> {
                        reconciled.add(batch);
                        return Optional.of(Duration.ofMinutes(1));
                    },
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
            return mayStart;
        }

        @Override
        public boolean mayJudge() {
            return true;
        }

        @Override
        public Duration deadAfter() {
            return DEAD_AFTER;
        }

        /// Takes a step with the batch's time come.
        void run(ProviderBatchRow batch) {
            due(batch);
            try {
                task.run(new Task(TaskKind.PROVIDER_BATCH, batch.id().value(), 1, jobs.tenant()));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /// It stops beating, and is found dead.
        void die() {
            jdbc.sql("UPDATE worker SET beat_at = now() - interval '1 minute' WHERE id = :id")
                    .param("id", id.value())
                    .update();
            stores.upkeep().takeBack(DEAD_AFTER);
        }
    }

    private BatchSettings settings() {
        return new BatchSettings(
                Duration.ofSeconds(2),
                Duration.ofMinutes(2),
                settleFor,
                Duration.ofMinutes(5),
                Duration.ofMinutes(1),
                Duration.ofMinutes(10),
                Duration.ofMinutes(15),
                true,
                Duration.ofMinutes(5),
                Duration.ofSeconds(2),
                Duration.ofMinutes(10),
                folder,
                Map.of(),
                100_000,
                accountIsOursAlone);
    }

    private static final class OneWorkflow implements WorkflowStore {

        @Override
        public Optional<Workflow> version(TenantId tenant, String name, int version) {
            return version > 1
                    ? Optional.empty()
                    : Optional.of(new Workflow(
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
                                    "Answer in one word."),
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

    /// A closed batch of so many lines.
    private ProviderBatchRow closed(int lines) {
        var group = new Group(jobs.tenant(), null, ACCOUNT, model, "/v1/chat/completions", "");
        for (int i = 0; i < lines; i++) {
            ClaimedJob job = jobs.running(worker.id, "question " + i);
            stores.collector().collect(job, group, Usage.of(40, 100), Charge.UNPRICED, 300, Duration.ZERO);
        }
        jdbc.sql("UPDATE provider_batch SET not_before = now() WHERE model = :model")
                .param("model", model)
                .update();
        stores.upkeep().closeDue(100);
        return newest();
    }

    private ProviderBatchRow newest() {
        UUID id = jdbc.sql("SELECT id FROM provider_batch WHERE model = :model ORDER BY id DESC LIMIT 1")
                .param("model", model)
                .query(UUID.class)
                .single();
        return stores.batches().find(new ProviderBatchId(id)).orElseThrow();
    }

    private static ProviderBatchRow now(ProviderBatchRow batch) {
        return stores.batches().find(batch.id()).orElseThrow();
    }

    private static void due(ProviderBatchRow batch) {
        jdbc.sql("UPDATE provider_batch SET not_before = now() - interval '1 hour',"
                        + " submitted_at = submitted_at - interval '10 seconds' WHERE id = :id")
                .param("id", batch.id().value())
                .update();
    }

    /// Time goes by for a create that nobody saw the end of.
    private static void later(ProviderBatchRow batch) {
        jdbc.sql("UPDATE provider_batch SET creating_at = creating_at - interval '1 hour' WHERE id = :id")
                .param("id", batch.id().value())
                .update();
    }

    private List<Path> leftOver() {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(path -> path.toString().endsWith(".jsonl")).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void submitsAndFollowsABatchToItsEnd() {
        ProviderBatchRow batch = closed(3);

        worker.run(batch);

        ProviderBatchRow submitted = now(batch);
        assertThat(submitted.state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(provider.created).isEqualTo(1);
        FakeBatchProvider.Made made = provider.batches.values().iterator().next();
        assertThat(made.input)
                .isEqualTo(batch.id() + "-1 question 0 0\n" + batch.id() + "-2 question 1 0\n" + batch.id()
                        + "-3 question 2 0\n");
        assertThat(made.tag).containsEntry("offpeak_batch", batch.id().toString());
        assertThat(submitted.bytes()).isEqualTo(made.input.length());
        assertThat(submitted.worker()).isNull();
        assertThat(leftOver()).isEmpty();

        worker.run(batch);
        assertThat(now(batch).polls()).isEqualTo(1);
        made.status = RemoteBatch.Status.COMPLETED;
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ENDED);
        assertThat(now(batch).endedAs()).isEqualTo("completed");
        assertThat(reconciled).extracting(ProviderBatchRow::id).containsExactly(batch.id());
    }

    /// Everywhere a process can die between two steps: what another one makes of it is one batch with all lines.
    @ParameterizedTest
    @EnumSource(
            value = Failpoint.class,
            names = {
                "BATCH_SEALED",
                "BATCH_FILE_WRITTEN",
                "BATCH_UPLOADED",
                "BATCH_CREATING",
                "BATCH_CREATED",
                "BATCH_SUBMITTED",
                "BATCH_POLLED"
            })
    void anotherWorkerGoesOnWhereverOneDies(Failpoint point) {
        ProviderBatchRow batch = closed(2);
        var first = worker;
        try (var _ = Failpoints.arm(Map.of(point, () -> {
            throw new ProcessDied();
        }))) {
            assertThatThrownBy(() -> {
                        first.run(batch);
                        first.run(batch); // the poll
                    })
                    .isInstanceOf(ProcessDied.class);
        }
        first.die();
        later(batch);

        var second = new Worker();
        second.run(batch);
        second.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(provider.batches).hasSize(1);
        FakeBatchProvider.Made made = provider.batches.values().iterator().next();
        assertThat(made.input.lines()).hasSize(2);
        assertThat(now(batch).remoteId()).isEqualTo(made.id);
        assertThat(stores.twins().of(batch.id())).isEmpty();
    }

    /// The same where a batch carries no tag and takes no file.
    @ParameterizedTest
    @EnumSource(
            value = Failpoint.class,
            names = {"BATCH_SEALED", "BATCH_FILE_WRITTEN", "BATCH_CREATING", "BATCH_CREATED", "BATCH_SUBMITTED"})
    void anotherWorkerFindsBatchesWithoutTagsByCountAndTime(Failpoint point) {
        provider.tags = false;
        ProviderBatchRow batch = closed(2);
        var first = worker;
        try (var _ = Failpoints.arm(Map.of(point, () -> {
            throw new ProcessDied();
        }))) {
            assertThatThrownBy(() -> first.run(batch)).isInstanceOf(ProcessDied.class);
        }
        first.die();

        var second = new Worker();
        second.run(batch);
        later(batch);
        second.run(batch);
        second.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(provider.batches).hasSize(1);
    }

    @Test
    void adoptsABatchWhoseCreateAnsweredWithAnError() {
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.MadeBut(new ProviderError.Unavailable("500")));

        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.CREATING);
        assertThat(now(batch).errorCode()).isEqualTo("provider_unavailable");
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(provider.created).isEqualTo(1);
        assertThat(now(batch).errorCode()).isNull();
    }

    @Test
    void neverCreatesAgainBeforeItMaySayThatThereIsNone() {
        settleFor = Duration.ofSeconds(30);
        worker = new Worker();
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.MadeBut(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        String made = provider.batches.keySet().iterator().next();
        provider.unlisted.add(made); // lists lag

        worker.run(batch);
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.CREATING);
        assertThat(provider.created).isEqualTo(1);
        provider.unlisted.clear();
        worker.run(batch);
        assertThat(now(batch).remoteId()).isEqualTo(made);
    }

    @Test
    void createsAnewOnceThereIsNoneAndDeletesTheOldInputBefore() {
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.NotMade(new ProviderError.Unavailable("502")));

        worker.run(batch);
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(now(batch).attempt()).isEqualTo(2);
        assertThat(provider.created).isEqualTo(2);
        assertThat(provider.deleted).containsExactly("file-1");
        assertThat(provider.batches).hasSize(1);
    }

    @Test
    void aStalledCreateThatStillMakesABatchIsATwinAndIsCancelled() {
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.NotMade(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        worker.run(batch);
        String own = now(batch).remoteId();
        FakeBatchProvider.Made twin =
                provider.make(1, null, Map.of("offpeak_batch", batch.id().toString()), "");

        worker.run(batch);

        assertThat(twin.cancelled).isTrue();
        assertThat(now(batch).remoteId()).isEqualTo(own);
        assertThat(stores.twins().of(batch.id())).extracting(Twin::remoteId).containsExactly(twin.id);
        assertThat(stores.twins().of(batch.id())).allMatch(found -> found.cancelledAt() != null);
    }

    @Test
    void aTwinIsKnownBeforeItsBatchHasEnded() {
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.NotMade(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        worker.run(batch);
        FakeBatchProvider.Made twin =
                provider.make(1, null, Map.of("offpeak_batch", batch.id().toString()), "");
        provider.batches.values().iterator().next().status = RemoteBatch.Status.COMPLETED;
        provider.lists.add(new ProviderError.Unavailable("500"));

        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ENDED);
        assertThat(stores.twins().of(batch.id())).extracting(Twin::remoteId).containsExactly(twin.id);
    }

    /// Worker A stalls before its POST, is found dead, and wakes after B's batch has ended: there is no file whose
    /// deletion would have made it fail.
    @Test
    void aBatchIsNotAccountedForWhileAStalledCreateMayStillArrive() {
        provider.tags = false;
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.NotMade(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        worker.run(batch);
        assertThat(now(batch).attempt()).isEqualTo(2);
        provider.batches.values().iterator().next().status = RemoteBatch.Status.COMPLETED;

        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        FakeBatchProvider.Made twin = provider.make(1, null, Map.of(), "");
        worker.run(batch);
        jdbc.sql("UPDATE provider_batch SET submitted_at = submitted_at - interval '5 minutes' WHERE id = :id")
                .param("id", batch.id().value())
                .update();
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ENDED);
        assertThat(stores.twins().of(batch.id())).extracting(Twin::remoteId).containsExactly(twin.id);
        assertThat(twin.cancelled).isTrue();
    }

    @Test
    void aCreateThatStalledBeforeItWasSentIsNotSentEvenIfItsWorkerBeatsAgain() {
        ProviderBatchRow batch = closed(1);
        try (var _ =
                Failpoints.arm(Map.of(Failpoint.BATCH_CREATING, () -> nanos.addAndGet(DEAD_AFTER.toNanos() + 1)))) {
            worker.run(batch);
        }

        assertThat(provider.created).isZero();
        assertThat(now(batch).state()).isEqualTo(BatchState.WAITING_QUOTA);
        assertThat(now(batch).errorCode()).isEqualTo("worker_stalled");
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(provider.batches).hasSize(1);
    }

    /// It stalled while it was being sent, and its process ended before it heard of what it had made.
    @Test
    void aTwinThatArrivesLongAfterItsBatchWasAccountedForIsFoundAndCancelled() throws Exception {
        provider.tags = false;
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.NotMade(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        worker.run(batch);
        assertThat(now(batch).attempt()).isEqualTo(2);
        jdbc.sql("""
                UPDATE provider_batch
                   SET state = 'reconciled', ended_as = 'completed', submitted_at = now() - interval '3 hours',
                       ended_at = now() - interval '2 hours', finished_at = now() - interval '1 hour', worker_id = NULL,
                       claimed_at = NULL
                 WHERE id = :id
                """).param("id", batch.id().value()).update();
        FakeBatchProvider.Made twin = provider.make(1, null, Map.of(), "");

        worker.lookup.watchForTwins(100);

        assertThat(twin.cancelled).isTrue();
        assertThat(stores.twins().late(100)).extracting(Twin::remoteId).contains(twin.id);
        assertThat(provider.batches.values().iterator().next().cancelled)
                .as("the one that counts")
                .isFalse();
    }

    @Test
    void nobodyLooksForTwinsOfABatchThatWasCreatedOnce() throws Exception {
        provider.tags = false;
        ProviderBatchRow batch = closed(1);
        worker.run(batch);
        FakeBatchProvider.Made others = provider.make(1, null, Map.of(), "");

        worker.lookup.watchForTwins(100);

        assertThat(others.cancelled).isFalse();
    }

    @Test
    void nobodyLooksForTwinsOfABatchOfWhichNoCreateWasGivenUp() throws Exception {
        provider.tags = false;
        ProviderBatchRow batch = closed(1);
        try (var _ = Failpoints.arm(Map.of(Failpoint.BATCH_FILE_WRITTEN, () -> {
            throw new ProcessDied();
        }))) {
            assertThatThrownBy(() -> worker.run(batch)).isInstanceOf(ProcessDied.class);
        }
        worker.die();
        var second = new Worker();
        provider.creates.add(new Script.MadeBut(new ProviderError.TimedOut("no answer")));
        second.run(batch);
        second.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(now(batch).attempt()).isEqualTo(2);
        FakeBatchProvider.Made others = provider.make(1, null, Map.of(), "");

        second.lookup.watchForTwins(100);

        assertThat(others.cancelled).isFalse();
    }

    @Test
    void aTwinOfAnEarlierCreateThanTheNewestIsFound() throws Exception {
        ProviderBatchRow batch = givenUpAnHourAgo(1);
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        FakeBatchProvider.Made twin = madeHalfAnHourAgo(1);

        worker.lookup.watchForTwins(100);

        assertThat(twin.cancelled).isTrue();
        assertThat(stores.twins().of(batch.id())).extracting(Twin::remoteId).containsExactly(twin.id);
    }

    @Test
    void adoptsTheBatchOfAnEarlierCreateWhereTheNewestBroughtNone() {
        ProviderBatchRow batch = givenUpAnHourAgo(1);
        provider.creates.add(new Script.NotMade(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.CREATING);
        FakeBatchProvider.Made made = madeHalfAnHourAgo(1);

        worker.run(batch);

        assertThat(now(batch).remoteId()).isEqualTo(made.id);
        assertThat(provider.created).isEqualTo(2);
    }

    @Test
    void aTwinIsFoundWhoseIntentWasSplitBeforeItWasSubmitted() throws Exception {
        ProviderBatchRow batch = givenUpAnHourAgo(2);
        provider.mostBytes = 1;
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.ABANDONED);
        FakeBatchProvider.Made twin = madeHalfAnHourAgo(2);

        worker.lookup.watchForTwins(100);

        assertThat(twin.cancelled).isTrue();
        assertThat(stores.twins().late(100)).extracting(Twin::remoteId).contains(twin.id);
        assertThat(jobs.lines(batch)).as("it may bill them").containsExactly("returned", "returned");
    }

    @Test
    void aTwinIsFoundWithLinesThatWereWithdrawnSince() throws Exception {
        ProviderBatchRow batch = givenUpAnHourAgo(2);
        jdbc.sql("""
                UPDATE job SET workflow_version = 2
                 WHERE id = (SELECT job_id FROM provider_batch_line WHERE provider_batch_id = :id AND number = 2)
                """).param("id", batch.id().value()).update();
        worker.run(batch);
        assertThat(now(batch).lines()).isEqualTo(1);
        FakeBatchProvider.Made twin = madeHalfAnHourAgo(2);

        worker.lookup.watchForTwins(100);

        assertThat(twin.cancelled).isTrue();
        assertThat(jobs.lines(batch)).containsExactly("sent", "returned");
    }

    @Test
    void oneListingServesAllBatchesOfAnAccountAndOthersTakeNoRoom() throws Exception {
        ProviderBatchRow one = givenUpAnHourAgo(1);
        worker.run(one);
        model = "model-" + IDS.next();
        ProviderBatchRow two = givenUpAnHourAgo(2);
        worker.run(two);
        model = "model-" + IDS.next();
        ProviderBatchRow others = givenUpAnHourAgo(3);
        worker.run(others);
        jdbc.sql("UPDATE provider_batch SET account = 'others', creating_at = now() WHERE id = :id")
                .param("id", others.id().value())
                .update();
        List<FakeBatchProvider.Made> twins = List.of(madeHalfAnHourAgo(1), madeHalfAnHourAgo(2));
        provider.listed = 0;

        worker.lookup.watchForTwins(2);

        assertThat(twins).allMatch(twin -> twin.cancelled);
        assertThat(provider.listed).isEqualTo(1);
    }

    /// Its next step is to give up a create that an hour ago ended without an answer.
    private ProviderBatchRow givenUpAnHourAgo(int lines) {
        provider.tags = false;
        ProviderBatchRow batch = closed(lines);
        provider.creates.add(new Script.NotMade(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.CREATING);
        later(batch);
        return batch;
    }

    private FakeBatchProvider.Made madeHalfAnHourAgo(int lines) {
        var made = new FakeBatchProvider.Made(
                "late-" + IDS.next(),
                lines,
                InstantSource.system().instant().minus(Duration.ofMinutes(30)),
                null,
                Map.of(),
                "");
        provider.batches.put(made.id, made);
        return made;
    }

    @Test
    void aBatchOverWhichWorkersDieIsTakenApart() {
        ProviderBatchRow batch = closed(3);
        overWhichWorkersDied(batch);

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ABANDONED);
        assertThat(now(batch).errorCode()).isEqualTo("worker_lost");
        ProviderBatchRow child = newest();
        assertThat(child.parent()).isEqualTo(batch.id());
        assertThat(child.lines()).isEqualTo(1);
        overWhichWorkersDied(child);
        worker.run(child);
        assertThat(now(child).state()).isEqualTo(BatchState.ABANDONED);
        assertThat(jobs.lines(child)).containsExactly("withdrawn");
    }

    @Test
    void theOneLineOverWhichWorkersDieIsRefused() {
        ProviderBatchRow batch = closed(1);
        jdbc.sql("UPDATE provider_batch SET state = 'uploading' WHERE id = :id")
                .param("id", batch.id().value())
                .update();
        overWhichWorkersDied(batch);

        worker.run(batch);

        assertThat(now(batch).endedAs()).isEqualTo("failed");
        assertThat(now(batch).errorCode()).isEqualTo("worker_lost");
        assertThat(provider.created).isZero();
    }

    private static void overWhichWorkersDied(ProviderBatchRow batch) {
        jdbc.sql("UPDATE provider_batch SET taken_back = 5 WHERE id = :id")
                .param("id", batch.id().value())
                .update();
    }

    @Test
    void twoBatchesOfOneCreateAreOneAndATwinWhoseCancelIsRepeated() throws Exception {
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.MadeBut(new ProviderError.Unavailable("500")));
        worker.run(batch);
        FakeBatchProvider.Made second =
                provider.make(1, null, Map.of("offpeak_batch", batch.id().toString()), "");
        provider.cancels.add(new ProviderError.RateLimited(Optional.empty(), "slow down"));

        worker.run(batch);

        assertThat(now(batch).remoteId())
                .isEqualTo(provider.batches.keySet().iterator().next());
        assertThat(stores.twins().of(batch.id())).extracting(Twin::remoteId).containsExactly(second.id);
        assertThat(second.cancelled).isFalse();
        worker.lookup.cancelTwins(100);
        assertThat(second.cancelled).isTrue();
    }

    @Test
    void doesNotTakeAnothersBatchForItsTwin() {
        provider.tags = false;
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.NotMade(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        String first = model;
        model = "model-" + IDS.next();
        ProviderBatchRow other = closed(1);
        provider.creates.add(new Script.MadeThenDead());
        assertThatThrownBy(() -> worker.run(other)).isInstanceOf(ProcessDied.class);

        worker.run(batch);
        assertThat(provider.batches.values()).noneMatch(made -> made.cancelled);
        worker.die();
        var next = new Worker();
        next.run(other);
        next.run(batch);

        assertThat(now(other).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(provider.batches).hasSize(2);
        assertThat(provider.batches.values()).noneMatch(made -> made.cancelled);
        assertThat(first).isNotEqualTo(model);
    }

    @Test
    void cancelsASecondBatchWithoutATagOnlyWhereTheAccountIsOursAlone() {
        provider.tags = false;
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.MadeBut(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        FakeBatchProvider.Made second = provider.make(1, null, Map.of(), "");
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(second.cancelled).isTrue();
    }

    @Test
    void cancelsNothingThatMayBeSomebodyElses() {
        accountIsOursAlone = false;
        provider.tags = false;
        worker = new Worker();
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.MadeBut(new ProviderError.TimedOut("no answer")));
        worker.run(batch);
        FakeBatchProvider.Made second = provider.make(1, null, Map.of(), "");
        worker.run(batch);
        jdbc.sql("UPDATE provider_batch SET cancel_requested = true WHERE id = :id")
                .param("id", batch.id().value())
                .update();

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(second.cancelled).isFalse();
        assertThat(provider.batches.values()).noneMatch(made -> made.cancelled);
        assertThat(stores.twins().of(batch.id())).isEmpty();
    }

    @Test
    void cancelsABatchWithoutATagWhoseCreateWasAnswered() {
        accountIsOursAlone = false;
        provider.tags = false;
        worker = new Worker();
        ProviderBatchRow batch = closed(1);
        worker.run(batch);
        jdbc.sql("UPDATE provider_batch SET cancel_requested = true WHERE id = :id")
                .param("id", batch.id().value())
                .update();

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.CANCELLING);
    }

    @Test
    void pausesAndSaysWhyWhereTheProviderIsNotToBeHad() {
        ProviderBatchRow batch = closed(1);
        provider.uploads.add(new ProviderError.Unauthenticated("no such key"));

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.WAITING_QUOTA);
        assertThat(now(batch).errorCode()).isEqualTo("provider_unauthenticated");
        assertThat(now(batch).errorMessage()).isEqualTo("no such key");
        assertThat(now(batch).notBefore()).isAfter(now(batch).readAt());
        assertThat(jobs.lines(batch)).containsExactly("assigned");
        assertThat(leftOver()).isEmpty();
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(now(batch).errorCode()).isNull();
    }

    @Test
    void pausesGrowWithEachFailureAndObeyTheProvider() {
        ProviderBatchRow batch = closed(1);
        var pauses = new ArrayList<Duration>();
        for (int i = 0; i < 4; i++) {
            provider.uploads.add(new ProviderError.Unavailable("500"));
            worker.run(batch);
            pauses.add(Duration.between(now(batch).readAt(), now(batch).notBefore()));
        }

        assertThat(pauses.get(3)).isGreaterThan(pauses.get(1).multipliedBy(2));
        provider.uploads.add(new ProviderError.RateLimited(Optional.of(Duration.ofMinutes(3)), "slow down"));
        worker.run(batch);
        assertThat(Duration.between(now(batch).readAt(), now(batch).notBefore()))
                .isGreaterThan(Duration.ofSeconds(170));
    }

    @Test
    void aRefusedCreateForTokensWaitsAndTeachesTheLimit() {
        ProviderBatchRow batch = closed(3);
        provider.creates.add(new Script.NotMade(new ProviderError.Rejected(
                "token_limit_exceeded", "Enqueued token limit reached for x. Limit: 50 enqueued tokens.")));

        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.WAITING_QUOTA);
        worker.run(batch); // counts
        jdbc.sql("UPDATE provider_batch_quota SET paused_until = now()").update();
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ABANDONED);
        assertThat(newest().parent()).isEqualTo(batch.id());
        assertThat(newest().lines()).isLessThan(3);
    }

    @Test
    void whatTheProviderRefusesForGoodHasFailed() {
        ProviderBatchRow batch = closed(1);
        provider.creates.add(new Script.NotMade(new ProviderError.Rejected("invalid_request", "no such endpoint")));

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ENDED);
        assertThat(now(batch).endedAs()).isEqualTo("failed");
        assertThat(now(batch).errorCode()).isEqualTo("invalid_request");
        assertThat(reconciled).hasSize(1);
    }

    @Test
    void splitsAnInputThatIsTooLarge() {
        provider.mostBytes = 100;
        ProviderBatchRow batch = closed(3);

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ABANDONED);
        assertThat(newest().state()).isEqualTo(BatchState.CLOSED);
        assertThat(leftOver()).isEmpty();
    }

    @Test
    void oneLineThatIsTooLargeIsRefused() {
        provider.mostBytes = 10;
        ProviderBatchRow batch = closed(1);

        worker.run(batch);

        assertThat(now(batch).endedAs()).isEqualTo("failed");
        assertThat(now(batch).errorCode()).isEqualTo("input_too_large");
    }

    @Test
    void linesWithoutAWorkflowGoBackToTheQueue() {
        ProviderBatchRow batch = closed(2);
        jdbc.sql("""
                UPDATE job SET workflow_version = 99 WHERE id = (SELECT job_id FROM provider_batch_line
                                                                  WHERE provider_batch_id = :id AND number = 1)
                """).param("id", batch.id().value()).update();

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(now(batch).lines()).isEqualTo(1);
        assertThat(jobs.lines(batch)).containsExactly("withdrawn", "sent");
    }

    @Test
    void aPollThatFailsIsRepeatedLater() {
        ProviderBatchRow batch = closed(1);
        worker.run(batch);
        provider.finds.add(new ProviderError.Unavailable("500"));

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(now(batch).errorCode()).isEqualTo("provider_unavailable");
        worker.run(batch);
        assertThat(now(batch).errorCode()).isNull();
    }

    @Test
    void aBatchThatIsGoneForLongHasVanished() {
        ProviderBatchRow batch = closed(1);
        worker.run(batch);
        provider.batches.clear();

        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.SUBMITTED);
        jdbc.sql("UPDATE provider_batch SET missing_since = now() - interval '1 hour' WHERE id = :id")
                .param("id", batch.id().value())
                .update();
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ENDED);
        assertThat(now(batch).endedAs()).isEqualTo("vanished");
    }

    @Test
    void cancelsOnRequest() {
        ProviderBatchRow batch = closed(1);
        worker.run(batch);
        jdbc.sql("UPDATE provider_batch SET cancel_requested = true WHERE id = :id")
                .param("id", batch.id().value())
                .update();

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.CANCELLING);
        FakeBatchProvider.Made made = provider.batches.values().iterator().next();
        assertThat(made.cancelled).isTrue();
        made.status = RemoteBatch.Status.CANCELLED;
        worker.run(batch);
        assertThat(now(batch).endedAs()).isEqualTo("cancelled");
    }

    @Test
    void linesOfEndedJobsAreWithdrawnByTheSealAndABatchWithoutOthersIsAbandoned() {
        ProviderBatchRow some = closed(3);
        cancelJobs(some, 2);
        worker.run(some);
        assertThat(now(some).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(now(some).lines()).isEqualTo(1);
        assertThat(jobs.lines(some)).containsExactly("withdrawn", "withdrawn", "sent");

        model = "model-" + IDS.next();
        ProviderBatchRow all = closed(2);
        cancelJobs(all, 2);
        worker.run(all);

        assertThat(now(all).state()).isEqualTo(BatchState.ABANDONED);
        assertThat(jobs.lines(all)).containsExactly("withdrawn", "withdrawn");
        assertThat(provider.created).isEqualTo(1);
    }

    @Test
    void aCancelledBatchOfWhichNothingIsLeftDoesNotWaitForRoom() {
        ProviderBatchRow batch = closed(2);
        stores.quota().refused(ACCOUNT, model, QuotaUnit.TOKENS_OF_MODEL, OptionalLong.empty(), Duration.ofHours(1));
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.WAITING_QUOTA);

        cancelJobs(batch, 2);
        jdbc.sql("UPDATE provider_batch SET cancel_requested = true WHERE id = :id")
                .param("id", batch.id().value())
                .update();
        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.ABANDONED);
        assertThat(jobs.lines(batch)).containsExactly("withdrawn", "withdrawn");
    }

    private static void cancelJobs(ProviderBatchRow batch, int first) {
        jdbc.sql("""
                        UPDATE job SET status = 'cancelled', finished_at = now() WHERE id IN (
                            SELECT job_id FROM provider_batch_line WHERE provider_batch_id = :id AND number <= :first)
                        """).param("id", batch.id().value()).param("first", first).update();
    }

    @Test
    void aBatchLongOverdueIsCancelledAndAtLastGivenUp() {
        ProviderBatchRow batch = closed(1);
        worker.run(batch);
        expired(batch, "30 minutes");
        worker.run(batch);
        assertThat(now(batch).state()).isEqualTo(BatchState.CANCELLING);

        expired(batch, "2 hours");
        worker.run(batch);

        assertThat(now(batch).endedAs()).isEqualTo("vanished");
    }

    private static void expired(ProviderBatchRow batch, String since) {
        jdbc.sql("UPDATE provider_batch SET remote_expires_at = now() - CAST(:since AS interval) WHERE id = :id")
                .param("since", since)
                .param("id", batch.id().value())
                .update();
    }

    @Test
    void startsNothingWhileTheOthersMayHoldItForDead() {
        ProviderBatchRow batch = closed(1);
        worker.mayStart = false;

        worker.run(batch);

        assertThat(now(batch).state()).isEqualTo(BatchState.CLOSED);
        assertThat(now(batch).worker()).isNull();
    }

    @Test
    void createsNothingWhenItCouldNotBeatAtTheLastMoment() {
        ProviderBatchRow batch = closed(1);
        try (var _ = Failpoints.arm(Map.of(Failpoint.BATCH_CREATING, () -> worker.mayStart = false))) {
            worker.run(batch);
        }

        assertThat(provider.created).isZero();
        assertThat(now(batch).state()).isEqualTo(BatchState.WAITING_QUOTA);
        assertThat(jobs.lines(batch)).containsExactly("assigned");
    }

    @Test
    void theFolderOfTheDeadIsCleanedAndThatOfTheLivingIsNot() throws IOException {
        Path living = worker.inputs.create("mine.jsonl");
        var dead = folder.resolve("wrk_dead");
        Files.createDirectories(dead);
        Files.writeString(dead.resolve(".lock"), "");
        Files.writeString(dead.resolve("left.jsonl"), "a prompt");

        new InputFolder(folder, new WorkerId(IDS.next())).clean();

        assertThat(dead).doesNotExist();
        assertThat(living).exists();
        worker.inputs.close();
        assertThat(living).doesNotExist();
    }
}
