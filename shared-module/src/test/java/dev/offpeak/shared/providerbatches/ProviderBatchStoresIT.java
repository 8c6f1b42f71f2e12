package dev.offpeak.shared.providerbatches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.CostLine;
import dev.offpeak.shared.providerbatches.BatchSteps.Admission;
import dev.offpeak.shared.providerbatches.BatchSteps.Creating;
import dev.offpeak.shared.providerbatches.BatchSteps.Terms;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.testing.TestServers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/// The way of a provider batch as its rows see it, on a real PostgreSQL.
class ProviderBatchStoresIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final Duration DEAD_AFTER = Duration.ofSeconds(8);
    private static final Terms NO_LIMIT = new Terms(QuotaUnit.TOKENS_OF_MODEL, OptionalLong.empty(), 2_000);
    private static final Duration AGE = Duration.ofMinutes(1);
    private static final Charge CHARGE =
            new Charge(Usd.of("0.001"), Usd.of("0.002"), "p", List.of(new CostLine(CostLine.LIST, Usd.of("0.001"))));

    private static final RecordingQueue QUEUE = new RecordingQueue();
    private static JdbcClient jdbc;
    private static TransactionTemplate transaction;
    private static ProviderBatchStores stores;
    private static SomeJobs jobs;
    private static WorkerId worker;

    private String model = "";

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        var source = new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
        jdbc = JdbcClient.create(source);
        transaction = new TransactionTemplate(new DataSourceTransactionManager(source));
        stores = new ProviderBatchStores(
                jdbc, transaction, QUEUE, IDS, _ -> new CollectingLimits.Most(10, 100_000, 1_000, AGE));
        jobs = new SomeJobs(jdbc, IDS);
        worker = jobs.aliveWorker();
    }

    /// A model for each test, so that they share no batch and no quota.
    @BeforeEach
    void name() {
        model = "model-" + IDS.next();
        jdbc.sql("UPDATE worker SET beat_at = now() + interval '1 hour'").update();
        jdbc.sql("UPDATE provider_batch SET worker_id = NULL, claimed_at = NULL")
                .update(); // what others left
    }

    private Group group(@Nullable BatchId bulk) {
        return new Group(
                jobs.tenant(), bulk, new ProviderAccount("openai", "default", true), model, "/v1/chat/completions", "");
    }

    private ClaimedJob collected(long tokens) {
        ClaimedJob job = jobs.running(worker, "hello");
        assertThat(stores.collector().collect(job, group(null), Usage.of(tokens, 100), CHARGE, 300, AGE))
                .isTrue();
        return job;
    }

    private List<ProviderBatchRow> rows() {
        return jdbc.sql(
                        "SELECT provider_batch.*, now() AS read_at FROM provider_batch WHERE model = :model ORDER BY id")
                .param("model", model)
                .query(ProviderBatchRows::read)
                .list();
    }

    private ProviderBatchRow only() {
        assertThat(rows()).hasSize(1);
        return rows().getFirst();
    }

    private void due(ProviderBatchRow batch) {
        jdbc.sql("UPDATE provider_batch SET not_before = now() - interval '1 minute', close_at = now() WHERE id = :id")
                .param("id", batch.id().value())
                .update();
    }

    private ProviderBatchRow claimed(ProviderBatchRow batch) {
        due(batch);
        return stores.batches().claim(batch.id(), worker).orElseThrow();
    }

    private ProviderBatchRow closedAndClaimed() {
        due(only());
        stores.upkeep().closeDue(100);
        return claimed(only());
    }

    private ProviderBatchRow admitted(ProviderBatchRow batch) {
        assertThat(stores.steps().admit(batch, NO_LIMIT)).isInstanceOf(Admission.Admitted.class);
        return stores.batches().find(batch.id()).orElseThrow();
    }

    @Test
    void collectsJobsOfAGroupIntoOneBatch() {
        ClaimedJob first = collected(20);
        ClaimedJob second = collected(30);

        ProviderBatchRow batch = only();
        assertThat(batch.state()).isEqualTo(BatchState.COLLECTING);
        assertThat(batch.lines()).isEqualTo(2);
        assertThat(batch.tokens()).isEqualTo(50);
        assertThat(batch.bytes()).isEqualTo(600);
        assertThat(batch.estimate()).isEqualTo(Usd.of("0.002"));
        assertThat(batch.nearestDeadline()).isNotNull();
        assertThat(jobs.status(first.id())).isEqualTo("batched collecting");
        assertThat(jobs.status(second.id())).isEqualTo("batched collecting");
        assertThat(jdbc.sql("SELECT attempts FROM job WHERE id = :id")
                        .param("id", first.id().value())
                        .query(Integer.class)
                        .single())
                .isZero();
    }

    @Test
    void collectsNothingForAClaimThatIsOver() {
        ClaimedJob job = jobs.running(worker, "hello");
        jdbc.sql("UPDATE job SET fence = fence + 1 WHERE id = :id")
                .param("id", job.id().value())
                .update();

        assertThat(stores.collector().collect(job, group(null), Usage.of(1, 1), Charge.UNPRICED, 100, AGE))
                .isFalse();

        assertThat(rows()).isEmpty();
    }

    @Test
    void anUnpricedLineMakesTheEstimateUnknown() {
        collected(10);
        ClaimedJob job = jobs.running(worker, "hello");
        stores.collector().collect(job, group(null), Usage.of(1, 1), Charge.UNPRICED, 100, AGE);

        assertThat(only().estimate()).isNull();
    }

    @Test
    void closesAFullBatchAndWakesIt() {
        for (int i = 0; i < 11; i++) {
            collected(1);
        }

        assertThat(rows())
                .extracting(ProviderBatchRow::state)
                .containsExactly(BatchState.CLOSED, BatchState.COLLECTING);
        assertThat(rows()).extracting(ProviderBatchRow::lines).containsExactly(10, 1);
        assertThat(rows().getFirst().closedBecause()).isEqualTo("count");
        assertThat(QUEUE.enqueued())
                .extracting(Task::id)
                .contains(rows().getFirst().id().value());
    }

    @Test
    void closesOnTokens() {
        collected(900);
        collected(900);

        assertThat(rows())
                .extracting(ProviderBatchRow::state)
                .containsExactly(BatchState.CLOSED, BatchState.COLLECTING);
    }

    @Test
    void manyCollectAtOnceAndNoLineIsLost() throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            List<Callable<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                ClaimedJob job = jobs.running(worker, "hello");
                all.add(() -> stores.collector().collect(job, group(null), Usage.of(1, 1), CHARGE, 10, AGE));
            }
            for (Future<Boolean> one : threads.invokeAll(all)) {
                assertThat(one.get()).isTrue();
            }
        }

        assertThat(rows().stream().mapToInt(ProviderBatchRow::lines).sum()).isEqualTo(64);
        assertThat(rows()).allMatch(row -> row.lines() <= 10 && jobs.lines(row).size() == row.lines());
    }

    @Test
    void closesWhatIsOldEnough() {
        collected(1);
        stores.upkeep().closeDue(100);
        assertThat(only().state()).isEqualTo(BatchState.COLLECTING);

        due(only());
        assertThat(stores.upkeep().closeDue(100)).isPositive();

        assertThat(only().state()).isEqualTo(BatchState.CLOSED);
        assertThat(only().closedBecause()).isEqualTo("age");
    }

    @Test
    void aBulkGetsBatchesOfItsOwn() {
        var bulk = new BatchId(IDS.next());
        List<BulkCollector.Line> lines = IntStream.range(0, 12)
                .mapToObj(i -> jobs.queued(bulk, "line " + i))
                .toList();
        collected(1);

        Integer taken = transaction.execute(_ -> stores.bulk().collect(bulk, group(bulk), lines, 5));

        assertThat(taken).isEqualTo(12);
        List<ProviderBatchRow> own =
                rows().stream().filter(row -> bulk.equals(row.bulk())).toList();
        assertThat(own).extracting(ProviderBatchRow::lines).containsExactly(5, 5, 2);
        assertThat(own)
                .extracting(ProviderBatchRow::state)
                .containsExactly(BatchState.CLOSED, BatchState.CLOSED, BatchState.COLLECTING);
        assertThat(lines).allMatch(line -> jobs.status(line.job()).equals("batched collecting"));
        assertThat(stores.bulk().close(bulk)).isEqualTo(1);
        assertThat(stores.bulk().close(bulk)).isZero();
    }

    @Test
    void aSmallBulkSharesABatchWithOtherJobs() {
        var bulk = new BatchId(IDS.next());
        var line = jobs.queued(bulk, "one");
        collected(1);

        transaction.execute(_ -> stores.bulk().collect(bulk, group(null), List.of(line), 1_000));

        assertThat(only().lines()).isEqualTo(2);
        assertThat(only().bulk()).isNull();
        assertThat(stores.bulk().close(bulk)).as("it is not its own").isZero();
    }

    @Test
    void aBulkLeavesOutLinesThatWaitNoMore() {
        var bulk = new BatchId(IDS.next());
        BulkCollector.Line waiting = jobs.queued(bulk, "one");
        BulkCollector.Line cancelled = jobs.queued(bulk, "two");
        cancel(cancelled.job().value());

        Integer taken =
                transaction.execute(_ -> stores.bulk().collect(bulk, group(bulk), List.of(waiting, cancelled), 100));

        assertThat(taken).isEqualTo(1);
        assertThat(only().lines()).isEqualTo(1);
    }

    @Test
    void aBulkIsCollectedInTheTransactionThatFeedsIt() {
        var bulk = new BatchId(IDS.next());

        assertThatThrownBy(() -> stores.bulk().collect(bulk, group(bulk), List.of(), 5))
                .isInstanceOf(IllegalStateException.class);
    }

    private static void cancel(UUID job) {
        jdbc.sql("UPDATE job SET status = 'cancelled', finished_at = now() WHERE id = :id")
                .param("id", job)
                .update();
    }

    @Test
    void isClaimedByOneAndWrittenByTheNewestClaimOnly() {
        collected(1);
        ProviderBatchRow first = closedAndClaimed();
        assertThat(stores.batches().claim(first.id(), jobs.aliveWorker())).isEmpty();

        stores.batches().release(first, Duration.ZERO);
        ProviderBatchRow second =
                stores.batches().claim(first.id(), jobs.aliveWorker()).orElseThrow();

        assertThat(stores.batches().move(first, BatchState.WAITING_QUOTA)).isEmpty();
        assertThat(stores.batches().release(first, Duration.ZERO)).isFalse();
        assertThat(stores.batches().troubled(first, "x", "y")).isFalse();
        assertThat(stores.batches().move(second, BatchState.WAITING_QUOTA)).isPresent();
    }

    @Test
    void knowsNoMoveThatIsNone() {
        collected(1);
        ProviderBatchRow batch = closedAndClaimed();

        assertThatThrownBy(() -> stores.batches().move(batch, BatchState.SUBMITTED))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sealsWhatStillWaitsAndWithdrawsTheRest() {
        ClaimedJob stays = collected(20);
        ClaimedJob leaves = collected(30);
        cancel(leaves.id().value());

        ProviderBatchRow sealed = admitted(closedAndClaimed());

        assertThat(sealed.state()).isEqualTo(BatchState.UPLOADING);
        assertThat(sealed.attempt()).isEqualTo(1);
        assertThat(sealed.lines()).isEqualTo(1);
        assertThat(sealed.tokens()).isEqualTo(20);
        assertThat(sealed.estimate()).isEqualTo(Usd.of("0.001"));
        assertThat(jobs.lines(sealed)).containsExactly("sent", "withdrawn");
        assertThat(jobs.status(stays.id())).isEqualTo("batched");
    }

    @Test
    void abandonsWhatIsEmptyOnceSealed() {
        ClaimedJob job = collected(20);
        cancel(job.id().value());

        assertThat(stores.steps().admit(closedAndClaimed(), NO_LIMIT)).isInstanceOf(Admission.Empty.class);

        assertThat(only().state()).isEqualTo(BatchState.ABANDONED);
        assertThat(only().worker()).isNull();
    }

    @Test
    void admitsAsMuchAsTheLimitAllowsAndWakesWhoWaitsWhenSomeEnds() {
        var terms = new Terms(QuotaUnit.TOKENS_OF_MODEL, OptionalLong.of(100), 2_000);
        collected(80);
        ProviderBatchRow first = closedAndClaimed();
        assertThat(stores.steps().admit(first, terms)).isInstanceOf(Admission.Admitted.class);
        collected(80);
        due(rows().getLast());
        stores.upkeep().closeDue(100);
        ProviderBatchRow second = claimed(rows().getLast());

        assertThat(stores.steps().admit(second, terms)).isInstanceOf(Admission.Full.class);
        stores.batches().release(second, Duration.ofMinutes(5));
        ProviderBatchRow submitted = submitted(stores.batches().find(first.id()).orElseThrow());
        stores.steps().ended(submitted, remote("r", RemoteBatch.Status.COMPLETED));

        ProviderBatchRow waiting = stores.batches().find(second.id()).orElseThrow();
        assertThat(waiting.state()).isEqualTo(BatchState.WAITING_QUOTA);
        assertThat(waiting.notBefore()).isBeforeOrEqualTo(waiting.readAt());
        ProviderBatchRow again = stores.batches().claim(second.id(), worker).orElseThrow();
        assertThat(stores.steps().admit(again, terms)).isInstanceOf(Admission.Admitted.class);
    }

    @Test
    void saysWhatIsLargerThanTheWholeLimit() {
        collected(60);
        collected(60);

        Admission admission = stores.steps()
                .admit(closedAndClaimed(), new Terms(QuotaUnit.TOKENS_OF_MODEL, OptionalLong.of(100), 2_000));

        assertThat(admission).isEqualTo(new Admission.TooLarge(100));
    }

    @Test
    void aSingleLineThatIsTooLargeIsTheProvidersToJudge() {
        collected(600);

        assertThat(stores.steps()
                        .admit(closedAndClaimed(), new Terms(QuotaUnit.TOKENS_OF_MODEL, OptionalLong.of(100), 2_000)))
                .isInstanceOf(Admission.Admitted.class);
    }

    @Test
    void aRefusalTeachesALimitAndPauses() {
        collected(60);
        collected(60);
        ProviderBatchRow batch = closedAndClaimed();
        stores.quota()
                .refused(
                        batch.account(), model, QuotaUnit.TOKENS_OF_MODEL, OptionalLong.of(100), Duration.ofMinutes(1));

        assertThat(stores.steps().admit(batch, NO_LIMIT)).isEqualTo(new Admission.TooLarge(100));

        stores.quota()
                .refused(
                        batch.account(), model, QuotaUnit.TOKENS_OF_MODEL, OptionalLong.of(500), Duration.ofMinutes(1));
        assertThat(stores.steps().admit(batch, NO_LIMIT))
                .isInstanceOfSatisfying(
                        Admission.Full.class,
                        full -> assertThat(full.again()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(61)));
    }

    @Test
    void createsNoMoreBatchesInAnHourThanTheProviderTakes() {
        collected(1);

        assertThat(stores.steps()
                        .admit(closedAndClaimed(), new Terms(QuotaUnit.TOKENS_OF_MODEL, OptionalLong.empty(), 0)))
                .isInstanceOf(Admission.Full.class);
    }

    private ProviderBatchRow creating(ProviderBatchRow uploading) {
        ProviderBatchRow written =
                stores.steps().written(uploading, "in.jsonl", "abc", 10).orElseThrow();
        ProviderBatchRow uploaded = stores.steps().uploaded(written, "file-1").orElseThrow();
        return ((Creating.Go) stores.steps().creating(uploaded, false)).batch();
    }

    private ProviderBatchRow submitted(ProviderBatchRow uploading) {
        return stores.steps()
                .created(creating(uploading), remote("remote-" + IDS.next(), RemoteBatch.Status.RUNNING))
                .orElseThrow();
    }

    private static RemoteBatch remote(String id, RemoteBatch.Status status) {
        return new RemoteBatch(
                id,
                status,
                status.name(),
                1,
                0,
                0,
                Instant.EPOCH,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                Map.of());
    }

    @Test
    void aCreateSettlesItsAttemptWhateverTheFence() {
        collected(1);
        ProviderBatchRow creating = creating(admitted(closedAndClaimed()));
        stores.batches().release(creating, Duration.ZERO);
        ProviderBatchRow taken = stores.batches().claim(creating.id(), worker).orElseThrow();

        String id = "remote-" + IDS.next();
        assertThat(stores.steps().created(creating, remote(id, RemoteBatch.Status.RUNNING)))
                .isPresent();

        assertThat(only().remoteId()).isEqualTo(id);
        assertThat(only().fence()).isEqualTo(taken.fence());
        assertThat(stores.steps().again(taken)).isEmpty();
    }

    @Test
    void aCreateOfAnEarlierAttemptSettlesNothing() {
        collected(1);
        ProviderBatchRow creating = creating(admitted(closedAndClaimed()));
        ProviderBatchRow again = stores.steps().again(creating).orElseThrow();
        assertThat(again.suspect()).isTrue();
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(again.inputName()).isNull();
        ProviderBatchRow second = creating(again);

        assertThat(stores.steps().created(creating, remote("late-" + IDS.next(), RemoteBatch.Status.RUNNING)))
                .isEmpty();
        assertThat(stores.steps().created(second, remote("own-" + IDS.next(), RemoteBatch.Status.RUNNING)))
                .isPresent();
    }

    @Test
    void remembersTheFirstCreateThatWasGivenUp() {
        collected(1);
        collected(1);
        ProviderBatchRow first = creating(admitted(closedAndClaimed()));
        assertThat(first.doubtedAt()).isNull();
        ProviderBatchRow again = stores.steps().again(first).orElseThrow();
        stores.steps().withdraw(again, List.of(2));
        ProviderBatchRow second = creating(only());

        ProviderBatchRow third = stores.steps().again(second).orElseThrow();

        assertThat(second.creatingAt()).isAfter(first.creatingAt());
        assertThat(third.doubtedAt()).isEqualTo(first.creatingAt());
        assertThat(third.doubtedLines()).isEqualTo(2);
        assertThat(jobs.lines(third)).as("it may have been brought there").containsExactly("sent", "returned");
    }

    @Test
    void aNewUploadGivesNoCreateUp() {
        collected(1);
        ProviderBatchRow uploading = stores.steps()
                .written(admitted(closedAndClaimed()), "in.jsonl", "abc", 10)
                .orElseThrow();

        assertThat(stores.steps().again(uploading).orElseThrow().doubtedAt()).isNull();
    }

    @Test
    void watchesBatchesOfWhichACreateWasGivenUpWhateverBecameOfThem() {
        collected(1);
        collected(1);
        ProviderBatchRow creating = creating(admitted(closedAndClaimed()));
        ProviderBatchRow doubted = stores.steps().again(creating).orElseThrow();
        assertThat(watched(doubted.account())).contains(doubted.id());

        stores.steps().split(doubted, 2);

        assertThat(jobs.lines(doubted)).containsExactly("returned", "returned");
        assertThat(watched(doubted.account()))
                .contains(doubted.id())
                .doesNotContain(rows().getLast().id());
        assertThat(watched(new ProviderAccount("anthropic", "default", true))).isEmpty();
        jdbc.sql("UPDATE provider_batch SET creating_at = now() - interval '2 days' WHERE id = :id")
                .param("id", doubted.id().value())
                .update();
        assertThat(watched(doubted.account())).doesNotContain(doubted.id());
    }

    private static List<ProviderBatchId> watched(ProviderAccount account) {
        return stores.twins().doubted(account, Duration.ofDays(1), 100).stream()
                .map(ProviderBatchRow::id)
                .toList();
    }

    @Test
    void theBatchThatCountsIsNeverItsOwnTwin() {
        collected(1);
        ProviderBatchRow batch = submitted(admitted(closedAndClaimed()));
        String remote = Objects.requireNonNull(batch.remoteId());
        model = "model-" + IDS.next();
        collected(1);
        ProviderBatchRow other = only();

        assertThat(stores.twins().found(batch.id(), remote)).isFalse();
        assertThat(stores.twins().found(other.id(), remote)).isTrue();
        stores.twins().handOver(stores.twins().of(other.id()).getFirst(), batch.id());

        assertThat(stores.twins().of(batch.id())).isEmpty();
        assertThat(stores.twins().of(other.id())).isEmpty();
    }

    @Test
    void oneCreateAtATimeWhereTheProviderCannotTellThemApart() {
        String other = model;
        collected(1);
        ProviderBatchRow first = creating(admitted(closedAndClaimed()));
        model = "model-" + IDS.next();
        collected(1);
        ProviderBatchRow second = stores.steps()
                .written(admitted(closedAndClaimed()), "x.jsonl", "abc", 10)
                .orElseThrow();

        assertThat(stores.steps().creating(second, true)).isInstanceOf(Creating.AnotherIsCreated.class);
        assertThat(stores.steps().unknown(second.account(), List.of("nobodys"), true))
                .isEmpty();

        assertThat(stores.steps().created(first, remote("remote-" + IDS.next(), RemoteBatch.Status.RUNNING)))
                .isPresent();
        finishAllCreating();
        assertThat(stores.steps().creating(second, true)).isInstanceOf(Creating.Go.class);
        assertThat(other).isNotEqualTo(model);
    }

    /// Those of other tests.
    private static void finishAllCreating() {
        jdbc.sql("UPDATE provider_batch SET state = 'abandoned', finished_at = now() WHERE state = 'creating'")
                .update();
    }

    @Test
    void knowsWhichBatchesAtAProviderAreOurs() {
        collected(1);
        ProviderBatchRow batch = submitted(admitted(closedAndClaimed()));
        stores.twins().found(batch.id(), "twin-" + model);

        assertThat(stores.steps()
                        .unknown(
                                batch.account(),
                                List.of(Objects.requireNonNull(batch.remoteId()), "twin-" + model, "strange"),
                                false))
                .hasValueSatisfying(unknown -> assertThat(unknown).containsExactly("strange"));
    }

    @Test
    void whatIsSentLaterIsAsGoodAsNeverSent() {
        ClaimedJob job = collected(1);
        ProviderBatchRow creating = creating(admitted(closedAndClaimed()));

        ProviderBatchRow later = stores.steps()
                .sendLater(creating, "provider_rate_limited", "slow down")
                .orElseThrow();

        assertThat(later.state()).isEqualTo(BatchState.WAITING_QUOTA);
        assertThat(later.errorCode()).isEqualTo("provider_rate_limited");
        assertThat(later.failures()).isEqualTo(1);
        assertThat(jobs.lines(later)).containsExactly("assigned");
        cancel(job.id().value());
        assertThat(stores.steps().admit(later, NO_LIMIT)).isInstanceOf(Admission.Empty.class);
    }

    @Test
    void linesStaySentWhereAnEarlierCreateMayStillTurnUp() {
        collected(1);
        ProviderBatchRow creating = creating(admitted(closedAndClaimed()));
        ProviderBatchRow second = creating(stores.steps().again(creating).orElseThrow());

        ProviderBatchRow later = stores.steps().sendLater(second, "x", "y").orElseThrow();

        assertThat(jobs.lines(later)).containsExactly("sent");
        assertThat(admitted(later).lines()).isEqualTo(1);
    }

    @Test
    void splitsIntoBatchesThatAreDueAtOnce() {
        for (int i = 0; i < 5; i++) {
            collected(10);
        }
        ProviderBatchRow batch = closedAndClaimed();

        assertThat(stores.steps().split(batch, 2)).isTrue();

        assertThat(rows())
                .extracting(ProviderBatchRow::state)
                .containsExactly(BatchState.ABANDONED, BatchState.CLOSED, BatchState.CLOSED);
        assertThat(rows()).extracting(ProviderBatchRow::lines).containsExactly(5, 3, 2);
        assertThat(rows()).extracting(ProviderBatchRow::tokens).containsExactly(50L, 30L, 20L);
        assertThat(rows().getLast().parent()).isEqualTo(batch.id());
        assertThat(rows().getLast().splits()).isEqualTo(1);
        assertThat(jobs.lines(rows().get(1))).containsExactly("assigned", "assigned", "assigned");
        stores.upkeep().wakeDue(1_000);
        assertThat(QUEUE.enqueued())
                .extracting(Task::id)
                .contains(rows().getLast().id().value());
    }

    @Test
    void withdrawsLinesThatCannotBeSent() {
        ClaimedJob stays = collected(10);
        ClaimedJob leaves = collected(10);
        ProviderBatchRow batch = admitted(closedAndClaimed());

        stores.steps().withdraw(batch, List.of(2));

        assertThat(jobs.status(stays.id())).isEqualTo("batched");
        assertThat(jobs.status(leaves.id())).isEqualTo("queued");
        assertThat(only().lines()).isEqualTo(1);
    }

    @Test
    void disbandsIntoTheQueue() {
        ClaimedJob job = collected(10);

        assertThat(stores.steps().disband(closedAndClaimed())).isTrue();

        assertThat(jobs.status(job.id())).isEqualTo("queued");
        assertThat(only().state()).isEqualTo(BatchState.ABANDONED);
    }

    /// A call costs twice what the line would have: the feeder knows whether that may be paid.
    @Test
    void givesLinesOfABulkWithALimitBackToTheirFeederToBeCalled() {
        ClaimedJob withdrawn = collected(10);
        ClaimedJob disbanded = collected(10);
        ClaimedJob unbounded = collected(10);
        ofBulk(withdrawn, "1");
        ofBulk(disbanded, "1");
        ofBulk(unbounded, null);
        ProviderBatchRow batch = closedAndClaimed();

        stores.steps().withdraw(batch, List.of(1));
        stores.steps().disband(batch);

        assertThat(waiting(withdrawn)).isEqualTo("queued for its feeder, to be called");
        assertThat(waiting(disbanded)).isEqualTo("queued for its feeder, to be called");
        assertThat(waiting(unbounded)).isEqualTo("queued");
    }

    private void ofBulk(ClaimedJob job, @Nullable String maxCost) {
        jdbc.sql("""
                WITH bulk AS (
                    INSERT INTO batch (id, tenant_id, workflow, workflow_version, total, invalid, max_cost_usd, deadline)
                    VALUES (:id, :tenant, 'classify', 1, 3, 0, CAST(:max AS numeric), now() + interval '1 day'))
                UPDATE job SET batch_id = :id WHERE id = :job
                """)
                .param("id", IDS.next())
                .param("tenant", jobs.tenant().value())
                .param("max", maxCost)
                .param("job", job.id().value())
                .update();
    }

    private static String waiting(ClaimedJob job) {
        return jdbc.sql("""
                SELECT status || CASE WHEN not_before = 'infinity' THEN ' for its feeder' ELSE '' END
                              || CASE WHEN rescue THEN ', to be called' ELSE '' END
                  FROM job WHERE id = :id
                """).param("id", job.id().value()).query(String.class).single();
    }

    @Test
    void freesWhatTheDeadHeldAndNothingElse() {
        collected(1);
        due(only());
        stores.upkeep().closeDue(100);
        WorkerId dead = jobs.aliveWorker();
        due(only());
        assertThat(stores.batches().claim(only().id(), dead)).isPresent();
        assertThat(stores.upkeep().takeBack(DEAD_AFTER)).isZero();

        jdbc.sql("UPDATE worker SET beat_at = now() - interval '9 seconds' WHERE id = :id")
                .param("id", dead.value())
                .update();

        assertThat(stores.upkeep().takeBack(DEAD_AFTER)).isEqualTo(1);
        assertThat(only().worker()).isNull();
        assertThat(only().takenBack()).isEqualTo(1);
        assertThat(stores.upkeep().wakeDue(1_000)).isPositive();
        ProviderBatchRow again = stores.batches().claim(only().id(), worker).orElseThrow();
        assertThat(stores.batches().release(again, Duration.ZERO)).isTrue();
        assertThat(only().takenBack()).as("it is not to blame").isZero();
    }

    @Test
    void remembersSinceWhenAProviderRefusesToShowABatch() {
        collected(1);
        ProviderBatchRow batch = closedAndClaimed();

        assertThat(stores.batches().unread(batch)).isZero();
        jdbc.sql("UPDATE provider_batch SET missing_since = now() - interval '1 hour' WHERE id = :id")
                .param("id", batch.id().value())
                .update();
        assertThat(stores.batches().unread(batch)).isGreaterThanOrEqualTo(Duration.ofHours(1));
        stores.batches().read(batch);
        assertThat(only().missingSince()).isNull();
    }

    @Test
    void readsLinesInOrderAndNeverManyLargeOnesAtOnce() throws Exception {
        var sent = new ArrayList<JobId>();
        for (int i = 0; i < 8; i++) {
            String prompt = i >= 2 && i < 6 ? "x".repeat(1 << 20) : "hello";
            ClaimedJob job = jobs.running(worker, prompt);
            assertThat(stores.collector().collect(job, group(null), Usage.of(1, 1), CHARGE, 300, AGE))
                    .isTrue();
            sent.add(job.id());
        }
        ProviderBatchRow batch = closedAndClaimed();
        var lines = new JdbcBatchLines(jdbc);
        var read = new ArrayList<JobId>();

        lines.read(batch, line -> read.add(line.job()));

        assertThat(read).isEqualTo(sent);
        assertThat(lines.page(batch.id(), 2, 250)).as("a mebibyte each").hasSizeBetween(1, 3);
        assertThat(lines.page(batch.id(), 6, 250)).hasSize(2);
    }

    @Test
    void freesWhatThisWorkerHoldsWithoutKnowing() {
        collected(1);
        ProviderBatchRow held = closedAndClaimed();
        jdbc.sql("UPDATE provider_batch SET claimed_at = now() - interval '11 seconds' WHERE id = :id")
                .param("id", held.id().value())
                .update();

        assertThat(stores.upkeep().releaseUnheld(worker, () -> List.of(held.id())))
                .isZero();
        assertThat(stores.upkeep().releaseUnheld(worker, List::of)).isPositive();

        assertThat(only().worker()).isNull();
    }

    @Test
    void wakesDueBatchesWhateverBecameOfTheirTasks() {
        collected(1);
        due(only());
        stores.upkeep().closeDue(100);
        due(only());
        Task task = QUEUE.enqueued().stream()
                .filter(one -> one.id().equals(only().id().value()))
                .findFirst()
                .orElseThrow();
        int before = stores.upkeep().wakeForgotten(DEAD_AFTER);

        QUEUE.lose(task);

        assertThat(stores.upkeep().wakeForgotten(DEAD_AFTER)).isEqualTo(before + 1);
        assertThat(QUEUE.enqueued().getLast().id()).isEqualTo(only().id().value());
        QUEUE.strand(QUEUE.enqueued().getLast());
        assertThat(stores.upkeep().wakeStranded(DEAD_AFTER)).isEqualTo(1);
    }

    @Test
    void showsHowManyThereAre() {
        collected(1);

        assertThat(stores.gauges().unfinished())
                .anyMatch(standing -> standing.state() == BatchState.COLLECTING && standing.lines() >= 1);
        submittedSoThatItIsEnqueued();
        assertThat(stores.quota().enqueued())
                .anyMatch(enqueued -> enqueued.model().equals(model) && enqueued.lines() == 1);
    }

    private void submittedSoThatItIsEnqueued() {
        submitted(admitted(closedAndClaimed()));
    }
}
