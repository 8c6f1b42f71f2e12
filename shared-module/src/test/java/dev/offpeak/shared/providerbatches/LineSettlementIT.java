package dev.offpeak.shared.providerbatches;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.jobs.JobEndedBus;
import dev.offpeak.shared.jobs.JobParts;
import dev.offpeak.shared.jobs.JobResult;
import dev.offpeak.shared.jobs.JobStore;
import dev.offpeak.shared.jobs.JobView;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.jobs.SettledCosts;
import dev.offpeak.shared.jobs.WaitReason;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.CostLine;
import dev.offpeak.shared.ledger.LedgerEntry;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.ledger.LedgerStores;
import dev.offpeak.shared.providerbatches.LineSettlement.Settled;
import dev.offpeak.shared.providerbatches.LineSettlement.TwinLine;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.DirectCapacity.Due;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.testing.TestServers;
import dev.offpeak.shared.webhooks.WebhookStores;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/// What becomes of lines, jobs and money when provider batches end, on a real PostgreSQL.
class LineSettlementIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final TenantId TENANT = new TenantId(IDS.next());
    private static final ProviderAccount ACCOUNT = new ProviderAccount("openai", "default", true);
    private static final Route DIRECT = new Route(Lane.DIRECT, "simulator", "gpt-4o-mini");
    private static final Usage USED = new Usage(100, 20, 0, 0, 10);
    private static final Charge CHARGE = new Charge(
            Usd.of("0.00001"),
            Usd.of("0.00002"),
            "price_1",
            List.of(new CostLine("list", Usd.of("0.00002")), new CostLine("batch_discount", Usd.of("-0.00001"))));
    private static final Charge ESTIMATE =
            new Charge(Usd.of("0.0003"), Usd.of("0.0003"), "price_1", List.of(new CostLine("list", Usd.of("0.0003"))));
    private static final int MOST_ATTEMPTS = 3;

    private static JdbcClient jdbc;
    private static TransactionTemplate transaction;
    private static JobStore jobs;
    private static AttemptStore attempts;
    private static SettledCosts settledCosts;
    private static CallStore calls;
    private static LedgerStore ledger;
    private static LineSettlement lines;
    private static RefusedBatches refusals;
    private static Rescues rescues;
    private static ReconcileReports reports;
    private static JobEndedBus bus;
    private static WorkerId worker;

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        var source = new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
        jdbc = JdbcClient.create(source);
        transaction = new TransactionTemplate(new DataSourceTransactionManager(source));
        calls = LedgerStores.calls(jdbc);
        ledger = LedgerStores.ledger(jdbc);
        bus = new JobEndedBus(source);
        var queue = new RecordingQueue();
        var parts = new JobParts(jdbc, transaction, queue, ledger, WebhookStores.outbox(jdbc, queue, IDS), bus);
        jobs = parts.jobs();
        attempts = parts.attempts(calls);
        settledCosts = parts.settledCosts();
        lines = new JdbcLineSettlement(jdbc, transaction, parts.endings());
        refusals = new JdbcRefusedBatches(jdbc, transaction, lines, IDS);
        rescues = new JdbcRescues(jdbc, transaction);
        reports = new JdbcReconcileReports(jdbc);
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:id, 'acme')")
                .param("id", TENANT.value())
                .update();
        worker = new WorkerId(IDS.next());
        jdbc.sql("INSERT INTO worker (id, host, pid, version) VALUES (:id, 'here', 1, 'test')")
                .param("id", worker.value())
                .update();
    }

    @AfterAll
    static void disconnect() {
        bus.close();
    }

    @Test
    void endsJobsWithTheirOutcomesAndBillsInOneGo() {
        var batch = aBatch(3);

        Settled settled = settle(
                batch,
                answered(batch, 0, text("forty-two")),
                answered(
                        batch,
                        1,
                        new JobEnd.Failed(ErrorCode.ANSWER_TRUNCATED, "cut off", JobResult.text("for", "length"))),
                answered(batch, 2, new JobEnd.Succeeded(JobResult.json("{\"a\":1}", "{\"a\":1}"))));

        assertThat(settled.lines()).isEqualTo(Map.of(LineState.OK, 3));
        assertThat(settled.ended()).hasSize(3);
        assertThat(settled.billed()).isEqualTo(Usd.of("0.00003"));
        assertThat(settled.used()).isEqualTo(new Usage(300, 60, 0, 0, 30));
        JobView first = view(batch, 0);
        assertThat(first.status()).isEqualTo("succeeded");
        assertThat(first.lane()).isEqualTo("batch");
        assertThat(first.provider()).isEqualTo("simulator");
        assertThat(first.model()).isEqualTo("gpt-4o-mini");
        assertThat(textOf(first.result())).isEqualTo("forty-two");
        assertThat(first.attempts()).isEqualTo(1);
        assertThat(first.cost().billedUsd()).isEqualTo("0.00001");
        assertThat(first.cost().savedUsd()).isEqualTo("0.00001");
        assertThat(first.cost().last()).isTrue();
        assertThat(first.usage().cachedInputTokens()).isEqualTo(20);
        assertThat(view(batch, 1).status()).isEqualTo("failed");
        assertThat(requireNonNull(view(batch, 1).error()).code()).isEqualTo("answer_truncated");
        assertThat(textOf(view(batch, 1).result())).isEqualTo("for");
        assertThat(String.valueOf(requireNonNull(view(batch, 2).result()).json()))
                .isEqualTo("{\"a\":1}");
        assertThat(entries(batch, 0)).singleElement().satisfies(entry -> {
            assertThat(entry.source()).isEqualTo("line");
            assertThat(entry.lane()).isEqualTo("batch");
            assertThat(entry.status()).isEqualTo("confirmed");
            assertThat(entry.overlap()).isFalse();
            assertThat(entry.usage()).isEqualTo(USED);
        });
    }

    @Test
    void isRepeatedHarmlessly() {
        var batch = aBatch(2);
        LineEnd end = answered(batch, 0, text("first"));
        settle(batch, end);

        Settled again = settle(batch, end, answered(batch, 1, text("second")));

        assertThat(again.lines()).isEqualTo(Map.of(LineState.OK, 1));
        assertThat(entries(batch, 0)).hasSize(1);
        assertThat(lines.open(batch.row(), List.of(1, 2, 77))).isEmpty();
        assertThat(lines.firstOpen(batch.row(), 10)).isEmpty();
    }

    @Test
    void writesNothingForAClaimThatIsNotTheNewest() {
        var batch = aBatch(1);
        jdbc.sql("UPDATE provider_batch SET fence = fence + 1 WHERE id = :id")
                .param("id", batch.row().id().value())
                .update();

        assertThat(lines.settle(batch.row(), List.of(answered(batch, 0, text("old"))), MOST_ATTEMPTS))
                .isEmpty();
        assertThat(refusals.split(batch.row(), 1, Duration.ZERO, "why")).isZero();

        assertThat(view(batch, 0).status()).isEqualTo("batched");
        assertThat(states(batch)).containsExactly("sent");
    }

    @Test
    void sendsLinesAgainThatFailedForNoFaultOfTheirOwn() {
        var batch = aBatch(3);
        attemptsSoFar(batch, 2, 2);

        Settled settled = settle(
                batch,
                again(batch, 0, LineState.LOST, Duration.ZERO),
                again(batch, 1, LineState.ERROR, Duration.ofMinutes(1)),
                again(batch, 2, LineState.ERROR, Duration.ZERO));

        assertThat(settled.again()).isEqualTo(Map.of("provider_unavailable", 2));
        assertThat(view(batch, 0).status()).isEqualTo("queued");
        assertThat(view(batch, 0).attempts()).as("it never ran").isZero();
        assertThat(view(batch, 0).waitReason()).isNull();
        assertThat(view(batch, 1).attempts()).isEqualTo(1);
        assertThat(view(batch, 1).waitReason()).isEqualTo("backoff");
        assertThat(due(batch, 0)).isTrue();
        assertThat(due(batch, 1)).isFalse();
        assertThat(view(batch, 2).status()).as("tried often enough").isEqualTo("failed");
        assertThat(requireNonNull(view(batch, 2).error()).code()).isEqualTo("provider_unavailable");
        assertThat(states(batch)).containsExactly("lost", "error", "error");
        assertThat(entries(batch, 0)).isEmpty();
    }

    @Test
    void countsNoTryWhereTheProviderMadeNone() {
        var batch = aBatch(6);
        for (int i = 0; i < 6; i++) {
            attemptsSoFar(batch, i, MOST_ATTEMPTS - 1);
        }

        settle(
                batch,
                again(batch, 0, LineState.LOST, Duration.ZERO),
                again(batch, 1, LineState.EXPIRED, Duration.ZERO),
                again(batch, 2, LineState.CANCELLED, Duration.ZERO),
                limited(batch, 3),
                new LineEnd.Again(
                        batch.line(4),
                        LineState.ERROR,
                        ErrorCode.PROVIDER_UNAVAILABLE,
                        "it did not run",
                        Duration.ZERO,
                        false),
                again(batch, 5, LineState.ERROR, Duration.ZERO));

        for (int i = 0; i < 5; i++) {
            assertThat(view(batch, i).status()).isEqualTo("queued");
            assertThat(view(batch, i).attempts()).isEqualTo(MOST_ATTEMPTS - 1);
        }
        assertThat(view(batch, 5).status())
                .as("the provider's errors are counted")
                .isEqualTo("failed");
    }

    /// One that costs again may only be sent again as far as the limit bears it.
    @Test
    void givesALineOfABulkWithALimitBackToItsFeeder() {
        var bounded = aBulk("1");
        var unbounded = aBulk(null);
        var batch = aBatch(4);
        ofBulk(batch, 0, bounded);
        ofBulk(batch, 1, bounded);
        ofBulk(batch, 2, unbounded);
        ofBulk(batch, 3, bounded);
        jdbc.sql("UPDATE job SET rescue = true WHERE id = :id")
                .param("id", batch.job(3).value())
                .update();

        settle(
                batch,
                again(batch, 0, LineState.LOST, Duration.ZERO),
                again(batch, 1, LineState.ERROR, Duration.ofMinutes(5)),
                again(batch, 2, LineState.EXPIRED, Duration.ZERO),
                again(batch, 3, LineState.ERROR, Duration.ZERO));

        assertThat(standing(batch, 0)).isEqualTo("queued feeder within 10 s");
        assertThat(standing(batch, 1)).isEqualTo("queued feeder later");
        assertThat(standing(batch, 2)).isEqualTo("queued alone");
        assertThat(standing(batch, 3))
                .as("a call that would have to be paid beside the one that rescued it")
                .isEqualTo("queued feeder within 10 s");
        batch.jobs().forEach(job -> jobs.cancel(TENANT, job));
    }

    private static String standing(Batch batch, int place) {
        return jdbc.sql("""
                SELECT status || CASE WHEN not_before < 'infinity' AND held_until IS NULL THEN ' alone'
                                      WHEN not_before = 'infinity' AND held_until IS NULL THEN ' feeder'
                                      WHEN not_before = 'infinity' AND held_until < now() + interval '11 seconds'
                                      THEN ' feeder within 10 s'
                                      WHEN not_before = 'infinity' AND held_until > now() + interval '4 minutes'
                                      THEN ' feeder later' END
                  FROM job WHERE id = :id
                """)
                .param("id", batch.job(place).value())
                .query(String.class)
                .single();
    }

    @Test
    void linesOfABulkGoAgainAtTheSameMomentHoweverTheirPausesDiffer() {
        var bulk = aBulk(null);
        var batch = aBatch(400);
        for (int i = 0; i < 400; i++) {
            ofBulk(batch, i, bulk);
        }
        var ends = new ArrayList<LineEnd>();
        for (int i = 0; i < 400; i++) {
            ends.add(again(batch, i, LineState.ERROR, Duration.ofMillis(10L * i)));
        }

        settle(batch, ends.toArray(LineEnd[]::new));

        assertThat(jdbc.sql("SELECT count(DISTINCT not_before) FROM job WHERE batch_id = :bulk")
                        .param("bulk", bulk)
                        .query(Integer.class)
                        .single())
                .as("pauses of up to four seconds")
                .isLessThanOrEqualTo(2);
        batch.jobs().forEach(job -> jobs.cancel(TENANT, job));
    }

    private static UUID aBulk(@Nullable String maxCost) {
        var bulk = IDS.next();
        jdbc.sql("""
                INSERT INTO batch (id, tenant_id, workflow, workflow_version, total, invalid, max_cost_usd, deadline)
                VALUES (:id, :tenant, 'classify', 1, 3, 0, CAST(:max AS numeric), now() + interval '1 day')
                """)
                .param("id", bulk)
                .param("tenant", TENANT.value())
                .param("max", maxCost)
                .update();
        return bulk;
    }

    private static void ofBulk(Batch batch, int place, UUID bulk) {
        jdbc.sql("UPDATE job SET batch_id = :bulk WHERE id = :id")
                .param("bulk", bulk)
                .param("id", batch.job(place).value())
                .update();
    }

    @Test
    void pausesForPartOfTheTimeThatIsLeftOnly() {
        var batch = aBatch(1);
        deadline(batch, 0, 60);

        settle(batch, limited(batch, 0));

        assertThat(jdbc.sql("SELECT not_before BETWEEN now() AND now() + interval '15 seconds' FROM job WHERE id = :id")
                        .param("id", batch.job(0).value())
                        .query(Boolean.class)
                        .single())
                .isTrue();
        jobs.cancel(TENANT, batch.job(0));
    }

    private static LineEnd limited(Batch batch, int place) {
        return new LineEnd.Again(
                batch.line(place),
                LineState.ERROR,
                ErrorCode.PROVIDER_RATE_LIMITED,
                "no credit",
                Duration.ofMinutes(5));
    }

    @Test
    void failsWhatTheProviderWouldRefuseAgainWithItsWords() {
        var batch = aBatch(1);

        settle(batch, new LineEnd.Refused(batch.line(0), "invalid_value", "max_tokens is too large"));

        assertThat(view(batch, 0).status()).isEqualTo("failed");
        assertThat(requireNonNull(view(batch, 0).error()).code()).isEqualTo("provider_rejected");
        assertThat(requireNonNull(view(batch, 0).error()).message())
                .isEqualTo("invalid_value: max_tokens is too large");
        assertThat(view(batch, 0).cost().last()).isTrue();
    }

    @Test
    void letsAnEstimateStandForWhatNobodyCanReadAndSendsItAgain() {
        var batch = aBatch(1);

        Settled settled = settle(batch, new LineEnd.Unreadable(batch.line(0), "not JSON", ESTIMATE, Duration.ZERO));

        assertThat(settled.unconfirmed()).isEqualTo(Usd.of("0.0003"));
        assertThat(entries(batch, 0)).singleElement().satisfies(entry -> {
            assertThat(entry.status()).isEqualTo("unconfirmed");
            assertThat(entry.usage()).isEqualTo(Usage.of(500, 300));
        });
        assertThat(view(batch, 0).status()).isEqualTo("queued");
    }

    @Test
    void keepsTheAnswerOfAnExpiredJobAsItsLateResult() {
        var batch = aBatch(1, "http://127.0.0.1/hook");
        jdbc.sql("UPDATE job SET deadline = now() - interval '1 second' WHERE id = :id")
                .param("id", batch.job(0).value())
                .update();
        attempts.expireDue(100);
        assertThat(view(batch, 0).cost().last())
                .as("its line is at the provider")
                .isFalse();
        assertThat(told(batch, 0)).singleElement().asString().contains("job.expired", "\"final\":false");

        Settled settled = settle(batch, answered(batch, 0, text("late")));
        settledCosts.announce(100);

        assertThat(settled.lateResults()).isEqualTo(1);
        assertThat(settled.overlaps()).isZero();
        assertThat(view(batch, 0).status()).isEqualTo("expired");
        assertThat(textOf(view(batch, 0).lateResult())).isEqualTo("late");
        assertThat(view(batch, 0).lane()).isEqualTo("batch");
        assertThat(entries(batch, 0))
                .singleElement()
                .satisfies(entry -> assertThat(entry.overlap()).isFalse());
        assertThat(told(batch, 0).getLast()).contains("job.cost_settled", "\"billed_usd\":\"0.00001\"");
    }

    @Test
    void billsALineOfACancelledJobWithoutCallingItOverlap() {
        var batch = aBatch(1, "http://127.0.0.1/hook");
        jobs.cancel(TENANT, batch.job(0));
        settledCosts.announce(100);
        assertThat(told(batch, 0)).as("not final yet").hasSize(1);
        long version = version(batch, 0);

        settle(batch, answered(batch, 0, text("nobody wants it")));
        settledCosts.announce(100);

        assertThat(view(batch, 0).status()).isEqualTo("cancelled");
        assertThat(view(batch, 0).result()).isNull();
        assertThat(version(batch, 0)).isGreaterThan(version);
        assertThat(entries(batch, 0))
                .singleElement()
                .satisfies(entry -> assertThat(entry.overlap()).isFalse());
        assertThat(told(batch, 0).getLast()).contains("job.cost_settled", "\"final\":true");
    }

    @Test
    void declaresALineWhoseJobWasRescuedAsOverlap() {
        var batch = aBatch(1);
        ClaimedJob rescued = rescue(batch, 0);
        answerDirectly(rescued);
        assertThat(view(batch, 0).status()).isEqualTo("succeeded");
        assertThat(view(batch, 0).cost().last()).as("its line may still bill").isFalse();

        Settled settled = settle(batch, answered(batch, 0, text("too late")));

        assertThat(settled.overlaps()).isEqualTo(1);
        assertThat(textOf(view(batch, 0).result())).isEqualTo("direct");
        assertThat(view(batch, 0).lane()).isEqualTo("direct");
        assertThat(view(batch, 0).cost().last()).isTrue();
        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", false, "line", true));
    }

    @Test
    void letsTheLineWinOverARescueThatIsUnderWay() {
        var batch = aBatch(1);
        ClaimedJob rescued = rescue(batch, 0);
        Call call = begin(rescued);

        settle(batch, answered(batch, 0, text("the line")));

        assertThat(attempts.lostClaims(List.of(rescued)))
                .as("its call is paid: let it end")
                .isEmpty();
        transaction.executeWithoutResult(_ -> {
            calls.confirm(call, Usage.of(100, 10), ESTIMATE, "req_1");
            var end = new JobEnd.Succeeded(JobResult.text("direct", "stop"));
            assertThat(attempts.finish(rescued, end, DIRECT)).isFalse();
            assertThat(attempts.answeredLate(rescued, end.result(), DIRECT)).isFalse();
        });
        assertThat(textOf(view(batch, 0).result())).isEqualTo("the line");
        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", true, "line", false));
    }

    @Test
    void leavesTheEndToARescueThatIsUnderWayWhereTheLineIsAnsweredBadly() {
        var batch = aBatch(2);
        ClaimedJob good = rescue(batch, 0);
        ClaimedJob bad = rescue(batch, 1);

        settle(batch, truncated(batch, 0), truncated(batch, 1));

        assertThat(view(batch, 0).status()).isEqualTo("running");
        assertThat(states(batch)).containsExactly("ok", "ok");
        assertThat(overlaps(batch, 0)).as("its bill is written").isEqualTo(Map.of("line", false));

        answerDirectly(good);
        assertThat(textOf(view(batch, 0).result())).isEqualTo("direct");
        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", false, "line", true));

        var rejected = new JobEnd.Failed(ErrorCode.PROVIDER_REJECTED, "no", null);
        assertThat(attempts.leaveToItsLine(bad)).isFalse();
        transaction.executeWithoutResult(
                _ -> assertThat(attempts.finish(bad, rejected, DIRECT)).isTrue());
        assertThat(overlaps(batch, 1)).as("there is no other bill").isEqualTo(Map.of("line", false));
    }

    private static LineEnd truncated(Batch batch, int place) {
        return answered(
                batch,
                place,
                new JobEnd.Failed(ErrorCode.ANSWER_TRUNCATED, "cut off", JobResult.text("for", "length")));
    }

    @Test
    void declaresTheSecondBillOfAJobThatExpiredOrWasCancelledWhicheverComesFirst() {
        var batch = aBatch(4);
        List<ClaimedJob> rescued = new ArrayList<>();
        List<Call> called = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            rescued.add(rescue(batch, i));
            called.add(begin(rescued.get(i)));
        }
        expire(batch, 0);
        expire(batch, 1);
        jobs.cancel(TENANT, batch.job(2));
        jobs.cancel(TENANT, batch.job(3));

        answeredLate(rescued.get(0), called.get(0));
        answeredLate(rescued.get(2), called.get(2));
        settle(
                batch,
                answered(batch, 0, text("line")),
                answered(batch, 1, text("line")),
                answered(batch, 2, text("line")),
                answered(batch, 3, text("line")));
        answeredLate(rescued.get(1), called.get(1));
        answeredLate(rescued.get(3), called.get(3));

        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", false, "line", true));
        assertThat(overlaps(batch, 1)).isEqualTo(Map.of("call", true, "line", false));
        assertThat(overlaps(batch, 2)).isEqualTo(Map.of("call", false, "line", true));
        assertThat(overlaps(batch, 3)).isEqualTo(Map.of("call", true, "line", false));
        assertThat(textOf(view(batch, 0).lateResult())).isEqualTo("direct");
        assertThat(textOf(view(batch, 1).lateResult())).isEqualTo("line");
    }

    @Test
    void declaresACallThatNobodyHeardOfWhereTheLineOfAnExpiredJobIsAnswered() {
        var batch = aBatch(1);
        ClaimedJob rescued = rescue(batch, 0);
        calls.leaveUnconfirmed(begin(rescued), ErrorCode.PROVIDER_TIMEOUT);
        expire(batch, 0);

        settle(batch, answered(batch, 0, text("line")));

        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", true, "line", false));
    }

    @Test
    void declaresTheCallThatIsConfirmedWhileTheLineOfItsExpiredJobIsBeingSettled() throws Exception {
        var batch = aBatch(1);
        ClaimedJob rescued = rescue(batch, 0);
        Call call = begin(rescued);
        expire(batch, 0);
        var confirming = new FutureTask<@Nullable Void>(() -> {
            answeredLate(rescued, call);
            return null;
        });

        transaction.executeWithoutResult(_ -> {
            settle(batch, answered(batch, 0, text("line")));
            Thread.ofVirtual().start(confirming);
            untilSomebodyWaits();
        });
        confirming.get(3, TimeUnit.MINUTES);

        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", true, "line", false));
    }

    /// By locks, for what a transaction sees of the others' activity is what it saw first.
    private static void untilSomebodyWaits() {
        while (!jdbc.sql("""
                        SELECT EXISTS (
                            SELECT FROM pg_locks waiting JOIN pg_locks held USING (pid) JOIN pg_database d ON d.oid = held.database
                             WHERE NOT waiting.granted AND d.datname = current_database())
                        """).query(Boolean.class).single()) {
            Thread.onSpinWait();
        }
    }

    private static void expire(Batch batch, int place) {
        jdbc.sql("UPDATE job SET deadline = now() - interval '1 second' WHERE id = :id")
                .param("id", batch.job(place).value())
                .update();
        attempts.expireDue(100);
    }

    private static void answeredLate(ClaimedJob attempt, Call call) {
        transaction.executeWithoutResult(_ -> {
            calls.confirm(call, Usage.of(100, 10), ESTIMATE, "req_1");
            var end = new JobEnd.Succeeded(JobResult.text("direct", "stop"));
            assertThat(attempts.finish(attempt, end, DIRECT)).isFalse();
            attempts.answeredLate(attempt, end.result(), DIRECT);
        });
    }

    @Test
    void declaresACallThatFailedToRescueAsOverlapOnceTheLineHasCome() {
        var batch = aBatch(1);
        ClaimedJob rescued = rescue(batch, 0);
        calls.leaveUnconfirmed(begin(rescued), ErrorCode.PROVIDER_TIMEOUT);
        assertThat(attempts.putBack(rescued, Duration.ofSeconds(1), WaitReason.BACKOFF, true))
                .isTrue();
        assertThat(view(batch, 0).status()).isEqualTo("batched");

        settle(batch, answered(batch, 0, text("the line")));

        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", true, "line", false));
    }

    @Test
    void returnsAJobWhoseRescueFailsToItsLineWhileThatIsUnderWay() {
        var batch = aBatch(2);
        ClaimedJob first = rescue(batch, 0);
        ClaimedJob second = rescue(batch, 1);

        assertThat(attempts.leaveToItsLine(first)).isTrue();
        assertThat(view(batch, 0).status()).isEqualTo("batched");
        assertThat(dueSoon()).as("no call will do better").doesNotContain(batch.job(0));

        settle(batch, again(batch, 1, LineState.LOST, Duration.ZERO));
        assertThat(view(batch, 1).status()).as("the rescue decides").isEqualTo("running");
        assertThat(states(batch)).containsExactly("sent", "lost");
        assertThat(attempts.leaveToItsLine(second)).isFalse();
        assertThat(attempts.putBack(second, Duration.ZERO, WaitReason.BACKOFF, true))
                .isTrue();
        assertThat(view(batch, 1).status()).isEqualTo("queued");
    }

    @Test
    void returnsWhatADeadWorkerRescuedToItsLine() {
        var batch = aBatch(1);
        rescue(batch, 0, new WorkerId(IDS.next()));

        assertThat(attempts.takeBack(Duration.ofSeconds(8), 100).failed()).isZero();
        assertThat(view(batch, 0).status()).isEqualTo("batched");

        settle(batch, answered(batch, 0, text("the line")));
        assertThat(view(batch, 0).status()).isEqualTo("succeeded");
    }

    @Test
    void hasAJobCalledAtOnceWhoseLineEndedWhileItsFifthWorkerWasFoundDead() {
        var batch = aBatch(1);
        rescue(batch, 0, new WorkerId(IDS.next()));
        jdbc.sql("UPDATE job SET taken_back = 4 WHERE id = :id")
                .param("id", batch.job(0).value())
                .update();

        whileTheJobIsWritten(
                "UPDATE provider_batch_line SET state = 'lost', settled_at = now() WHERE job_id = NEW.id",
                () -> attempts.takeBack(Duration.ofSeconds(8), 100));

        assertThat(view(batch, 0).status()).isEqualTo("queued");
        assertThat(due(batch, 0)).isTrue();
        jobs.cancel(TENANT, batch.job(0));
    }

    /// What somebody else does between the moment that a statement sees and the row that it writes.
    private static void whileTheJobIsWritten(String sql, Runnable work) {
        jdbc.sql("""
                CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    %s;
                    RETURN NEW;
                END
                $$;
                CREATE TRIGGER meanwhile BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION meanwhile()
                """.formatted(sql)).update();
        try {
            work.run();
        } finally {
            jdbc.sql("DROP TRIGGER meanwhile ON job; DROP FUNCTION meanwhile()").update();
        }
    }

    @Test
    void declaresACallAsOverlapThatIsLeftUnconfirmedAfterTheLineHasCome() {
        var batch = aBatch(2);
        ClaimedJob first = rescue(batch, 0);
        ClaimedJob second = rescue(batch, 1, new WorkerId(IDS.next()));
        Call unheard = begin(first);
        begin(second);
        settle(batch, answered(batch, 0, text("the line")), answered(batch, 1, text("the line")));

        calls.leaveUnconfirmed(unheard, ErrorCode.PROVIDER_TIMEOUT);
        calls.abandonOfTheDead(Duration.ofSeconds(8));

        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", true, "line", false));
        assertThat(overlaps(batch, 1)).isEqualTo(Map.of("call", true, "line", false));
        assertThat(entries(batch, 1))
                .anySatisfy(entry -> assertThat(entry.status()).isEqualTo("unconfirmed"));
    }

    @Test
    void doesNotCallAnUnconfirmedCallOverlapWhileItsLineIsUnderWay() {
        var batch = aBatch(1);
        begin(rescue(batch, 0, new WorkerId(IDS.next())));

        calls.abandonOfTheDead(Duration.ofSeconds(8));

        assertThat(overlaps(batch, 0)).isEqualTo(Map.of("call", false));
        jobs.cancel(TENANT, batch.job(0));
    }

    @Test
    void tellsManyReceiversOnceEach() {
        var batch = aBatch(20, "http://127.0.0.1/hook");
        LineEnd[] ends = new LineEnd[20];
        for (int i = 0; i < 20; i++) {
            ends[i] = answered(batch, i, text("answer " + i));
        }

        settle(batch, ends);
        settle(batch, ends);

        for (int i = 0; i < 20; i++) {
            assertThat(told(batch, i))
                    .singleElement()
                    .asString()
                    .contains(
                            "job.succeeded",
                            "answer " + i,
                            "\"final\":true",
                            batch.job(i).toString());
        }
        assertThat(jdbc.sql("""
                        SELECT count(*) FROM webhook_delivery delivery JOIN webhook_message message ON message.id = message_id
                         WHERE message.job_id = ANY (CAST(:ids AS uuid[])) AND delivery.status = 'pending'
                        """)
                        .param("ids", batch.jobs().stream().map(JobId::value).toArray(UUID[]::new))
                        .query(Integer.class)
                        .single())
                .isEqualTo(20);
    }

    @Test
    void declaresWhatATwinRanOnce() {
        var batch = aBatch(2);
        settle(batch, answered(batch, 0, text("the one")), again(batch, 1, LineState.LOST, Duration.ZERO));
        var twin = List.of(new TwinLine(1, USED, CHARGE, false), new TwinLine(2, USED, CHARGE, false), strayed());

        assertThat(lines.settleTwin(batch.row(), "batch_twin", twin)).isEqualTo(2);
        assertThat(lines.settleTwin(batch.row(), "batch_twin", twin)).isZero();

        assertThat(entries(batch, 0)).hasSize(2);
        assertThat(view(batch, 0).cost().billedUsd()).isEqualTo("0.00002");
        assertThat(entries(batch, 1))
                .singleElement()
                .satisfies(entry -> assertThat(entry.overlap()).isTrue());
    }

    @Test
    void putsLinesOfARefusedBatchIntoChildren() {
        var batch = aBatch(5);
        jobs.cancel(TENANT, batch.job(4));

        assertThat(refusals.split(batch.row(), 2, Duration.ofSeconds(30), "file_too_large"))
                .isEqualTo(4);
        assertThat(refusals.split(batch.row(), 2, Duration.ofSeconds(30), "file_too_large"))
                .isZero();

        assertThat(states(batch)).containsOnly("returned");
        assertThat(view(batch, 0).status()).isEqualTo("batched");
        assertThat(view(batch, 0).waitReason()).isEqualTo("collecting");
        assertThat(view(batch, 0).attempts()).as("nothing ran").isZero();
        assertThat(jdbc.sql("""
                        SELECT state || ' ' || lines || ' ' || splits || ' ' || tokens || ' ' || (not_before > now())
                               || ' ' || (SELECT string_agg(state || number, ',' ORDER BY number)
                                            FROM provider_batch_line WHERE provider_batch_id = provider_batch.id)
                          FROM provider_batch WHERE parent_id = :parent ORDER BY id
                        """)
                        .param("parent", batch.row().id().value())
                        .query(String.class)
                        .list())
                .containsExactly(
                        "closed 2 1 1000 true assigned1,assigned2", "closed 2 1 1000 true assigned1,assigned2");
        assertThat(view(batch, 4).cost().last()).isTrue();
    }

    @Test
    void knowsWhatLinesWentThroughAndCountsNoWaitAsASplit() {
        var batch = aBatch(2);
        jdbc.sql("UPDATE provider_batch SET ended_as = 'failed', error_code = 'odd', splits = 3 WHERE id = :id")
                .param("id", batch.row().id().value())
                .update();
        ProviderBatchRow refused =
                new JdbcProviderBatches(jdbc).find(batch.row().id()).orElseThrow();
        assertThat(refusals.refusedBefore(refused)).isZero();

        assertThat(refusals.again(refused, 2, Duration.ofSeconds(15), "odd")).isEqualTo(2);

        List<ProviderBatchRow> children = jdbc.sql(
                        "SELECT provider_batch.*, now() AS read_at FROM provider_batch WHERE parent_id = :id ORDER BY id")
                .param("id", refused.id().value())
                .query(ProviderBatchRows::read)
                .list();
        assertThat(children).hasSize(2).allMatch(child -> child.splits() == 3);
        assertThat(refusals.refusedBefore(children.getFirst())).isEqualTo(1);
        assertThat(refusals.siblingRefused(children.getFirst())).isFalse();
        jdbc.sql("UPDATE provider_batch SET ended_as = 'failed', error_code = 'odd' WHERE parent_id = :id")
                .param("id", refused.id().value())
                .update();
        assertThat(refusals.siblingRefused(children.getFirst())).isTrue();
        assertThat(refusals.siblingRefused(refused)).isFalse();
    }

    @Test
    void howeverOftenABatchWaitsForRoomEachJobHasOneLineUnderWayAndNoBatchIsLeftWithOpenOnes() {
        var batch = aBatch(4);
        ProviderBatchRow refused = batch.row();
        for (int round = 1; round <= 5; round++) {
            if (round == 3) {
                jobs.cancel(TENANT, batch.job(3));
            }
            assertThat(refusals.again(refused, 1, Duration.ofSeconds(15), "token_limit_exceeded"))
                    .isEqualTo(round < 3 ? 4 : 3);
            refused = refusedAgain(refused);
        }

        assertThat(jdbc.sql("""
                        WITH RECURSIVE tried AS (
                            SELECT id, 0 AS round FROM provider_batch WHERE id = :first
                            UNION ALL
                            SELECT child.id, round + 1 FROM provider_batch child JOIN tried ON child.parent_id = tried.id)
                        SELECT round || ' ' || string_agg(line.state || line.number, ',' ORDER BY line.number)
                          FROM tried JOIN provider_batch_line line ON line.provider_batch_id = tried.id
                         GROUP BY round ORDER BY round
                        """)
                        .param("first", batch.row().id().value())
                        .query(String.class)
                        .list())
                .containsExactly(
                        "0 returned1,returned2,returned3,returned4",
                        "1 returned1,returned2,returned3,returned4",
                        "2 returned1,returned2,returned3,returned4",
                        "3 returned1,returned2,returned3",
                        "4 returned1,returned2,returned3",
                        "5 sent1,sent2,sent3");
        assertThat(refusals.refusedBefore(refused)).isEqualTo(5);
        batch.jobs().forEach(job -> jobs.cancel(TENANT, job));
    }

    /// The only child of a batch, refused as that was.
    private static ProviderBatchRow refusedAgain(ProviderBatchRow parent) {
        UUID child = jdbc.sql("""
                WITH refused AS (UPDATE provider_batch SET ended_as = 'failed' WHERE id = :parent)
                UPDATE provider_batch SET state = 'reconciling', fence = 7, ended_at = now()
                 WHERE parent_id = :parent RETURNING id
                """)
                .param("parent", parent.id().value())
                .query(UUID.class)
                .single();
        jdbc.sql("UPDATE provider_batch_line SET state = 'sent' WHERE provider_batch_id = :id")
                .param("id", child)
                .update();
        return new JdbcProviderBatches(jdbc).find(new ProviderBatchId(child)).orElseThrow();
    }

    @Test
    void countsLinesThatMayBeBilled() {
        var batch = aBatch(3);
        settle(
                batch,
                answered(batch, 0, text("one")),
                new LineEnd.Unreadable(batch.line(1), "not JSON", ESTIMATE, Duration.ZERO),
                again(batch, 2, LineState.LOST, Duration.ZERO));

        assertThat(lines.billed(batch.row())).isEqualTo(2);
    }

    @Test
    void callsJobsDirectlyWhoseBatchesWereSplitOftenEnough() {
        var batch = aBatch(2);

        assertThat(refusals.callDirectly(batch.row(), "unknown")).isEqualTo(2);

        assertThat(view(batch, 0).status()).isEqualTo("queued");
        assertThat(attempts.claim(batch.job(0), worker).orElseThrow().rescue()).isTrue();
    }

    @Test
    void leavesItToTheFeederOfABulkWithALimitWhetherItsLinesAreCalledDirectly() {
        var batch = aBatch(2);
        ofBulk(batch, 0, aBulk("1"));
        ofBulk(batch, 1, aBulk(null));

        assertThat(refusals.callDirectly(batch.row(), "unknown")).isEqualTo(2);

        assertThat(standing(batch, 0)).isEqualTo("queued feeder");
        assertThat(standing(batch, 1)).isEqualTo("queued alone");
        batch.jobs().forEach(job -> jobs.cancel(TENANT, job));
    }

    @Test
    void findsTheLineThatARefusalNamesInTheOrderOfTheInput() {
        var batch = aBatch(3);
        jdbc.sql(
                        "UPDATE provider_batch_line SET state = 'withdrawn', settled_at = now() WHERE provider_batch_id = :id AND number = 1")
                .param("id", batch.row().id().value())
                .update();

        assertThat(refusals.named(batch.row(), 2))
                .hasValueSatisfying(line -> assertThat(line.number()).isEqualTo(3));
        assertThat(refusals.named(batch.row(), 9)).isEmpty();
    }

    @Test
    void remembersTheLimitThatAProviderNamed() {
        var quota = new JdbcBatchQuota(jdbc);

        quota.refused(
                ACCOUNT, "gpt-4o-mini", QuotaUnit.TOKENS_OF_MODEL, OptionalLong.of(2_000_000), Duration.ofMinutes(1));
        quota.refused(ACCOUNT, "gpt-4o-mini", QuotaUnit.TOKENS_OF_MODEL, OptionalLong.empty(), Duration.ZERO);

        assertThat(jdbc.sql(
                                "SELECT learned || ' ' || (paused_until > now()) FROM provider_batch_quota WHERE model = 'gpt-4o-mini'")
                        .query(String.class)
                        .single())
                .isEqualTo("2000000 true");
    }

    @Test
    void comparesOurLedgerWithWhatTheProviderSays() {
        var batch = aBatch(3);
        settle(
                batch,
                answered(batch, 0, text("a")),
                answered(batch, 1, text("b")),
                again(batch, 2, LineState.LOST, Duration.ZERO));

        var report = reports.write(batch.row(), 1, 2, 3, new Usage(250, 40, 0, 0, 20));
        reports.write(batch.row(), 1, 2, 3, new Usage(250, 40, 0, 0, 20));

        assertThat(report.ours()).isEqualTo(new Usage(200, 40, 0, 0, 20));
        assertThat(report.residue()).isEqualTo(new ReconcileReport.Residue(50, 0, 0));
        assertThat(report.billed()).isEqualTo(Usd.of("0.00002"));
        assertThat(report.lines()).containsEntry(LineState.OK, 2).containsEntry(LineState.LOST, 1);
        assertThat(reports.of(List.of(batch.row().id())))
                .containsOnlyKeys(batch.row().id());
        assertThat(reports.write(batch.row(), 0, 0, 0, null).residue()).isNull();
    }

    @Test
    void rescuesTheNearestDeadlinesFirstAndWithdrawsWhatWasNotSent() {
        var batch = aBatch(3);
        deadline(batch, 0, 300);
        deadline(batch, 1, 100);
        deadline(batch, 2, 200);
        jdbc.sql("UPDATE provider_batch_line SET state = 'assigned' WHERE provider_batch_id = :id AND number = 3")
                .param("id", batch.row().id().value())
                .update();
        assertThat(rescues.accounts())
                .anySatisfy(account -> assertThat(account.account()).isEqualTo(ACCOUNT));
        assertThat(rescues.due(ACCOUNT, Duration.ofSeconds(250), MOST_ATTEMPTS).stream()
                        .mapToInt(Due::jobs)
                        .sum())
                .isEqualTo(2);

        int before = rescues.underWay(ACCOUNT);

        assertThat(begin(2)).isEqualTo(2);

        assertThat(view(batch, 0).status()).isEqualTo("batched");
        assertThat(view(batch, 1).status()).isEqualTo("queued");
        assertThat(view(batch, 2).status()).isEqualTo("queued");
        assertThat(states(batch)).containsExactly("sent", "sent", "withdrawn");
        assertThat(rescues.underWay(ACCOUNT)).isEqualTo(before + 2);
        assertThat(rescues.underWay(new ProviderAccount("openai", "another", true)))
                .isZero();
        jdbc.sql("UPDATE job SET not_before = now() + interval '1 minute' WHERE id = :id")
                .param("id", batch.job(1).value())
                .update();
        assertThat(rescues.underWay(ACCOUNT)).as("one waits for another try").isEqualTo(before + 1);
        begin(1);
        jobs.cancel(TENANT, batch.job(0));
        jobs.cancel(TENANT, batch.job(1));
        jobs.cancel(TENANT, batch.job(2));
    }

    @Test
    void rescuesAJobAgainOnlyAfterItsPauseAndWhileItHasAttemptsLeft() {
        var batch = aBatch(1);
        deadline(batch, 0, 100);
        ClaimedJob first = rescue(batch, 0);
        attempts.putBack(first, Duration.ofMinutes(1), WaitReason.BACKOFF, true);
        assertThat(dueSoon()).doesNotContain(batch.job(0));

        jdbc.sql("UPDATE job SET not_before = now() WHERE id = :id")
                .param("id", batch.job(0).value())
                .update();
        assertThat(dueSoon()).contains(batch.job(0));
        attemptsSoFar(batch, 0, MOST_ATTEMPTS);
        assertThat(dueSoon()).doesNotContain(batch.job(0));
        jobs.cancel(TENANT, batch.job(0));
    }

    @Test
    void leavesToTheirLinesWhatTheirBulkCannotPayFor() {
        var bulk = IDS.next();
        jdbc.sql("""
                INSERT INTO batch (id, tenant_id, workflow, workflow_version, total, invalid, max_cost_usd, deadline)
                VALUES (:id, :tenant, 'classify', 1, 3, 0, 0.0019, now() + interval '1 day')
                """).param("id", bulk).param("tenant", TENANT.value()).update();
        var batch = aBatch(4);
        for (int i = 0; i < 4; i++) {
            deadline(batch, i, 200 + i);
        }
        jdbc.sql("UPDATE provider_batch SET batch_id = :bulk WHERE id = :id")
                .param("bulk", bulk)
                .param("id", batch.row().id().value())
                .update();
        for (int i = 0; i < 3; i++) {
            jdbc.sql("UPDATE job SET batch_id = :bulk WHERE id = :id")
                    .param("bulk", bulk)
                    .param("id", batch.job(i).value())
                    .update();
            jdbc.sql("UPDATE job_input SET estimate_usd = 0.0003 WHERE job_id = :id")
                    .param("id", batch.job(i).value())
                    .update();
        }
        assertThat(dueNow()).as("each of them can be paid for").isEqualTo(4);

        assertThat(begin(3)).as("one of three lines, and the one of no bulk").isOne();
        assertThat(begin(3)).isOne();
        assertThat(begin(3)).isZero();

        assertThat(view(batch, 0).status()).isEqualTo("queued");
        assertThat(view(batch, 1).status()).isEqualTo("batched");
        assertThat(view(batch, 2).status()).isEqualTo("batched");
        assertThat(view(batch, 3).status()).isEqualTo("queued");
        assertThat(dueNow()).isZero();
        batch.jobs().forEach(job -> jobs.cancel(TENANT, job));
    }

    private static int dueNow() {
        return rescues.due(ACCOUNT, Duration.ofSeconds(1000), MOST_ATTEMPTS).stream()
                .mapToInt(Due::jobs)
                .sum();
    }

    @Test
    void saysWhatIsDueAtTheWorstFromItsBatchesAlone() {
        var account = new ProviderAccount("openai", "worst", true);
        var batch = aBatch(7);
        jdbc.sql("""
                UPDATE provider_batch SET account = 'worst', nearest_deadline = now() + interval '1100.5 seconds' WHERE id = :id
                """).param("id", batch.row().id().value()).update();

        assertThat(rescues.atWorst(account)).singleElement().satisfies(due -> {
            assertThat(due.jobs()).isEqualTo(7);
            assertThat(due.left()).isBetween(Duration.ofSeconds(1_000), Duration.ofSeconds(1_100));
        });
        assertThat(rescues.atWorst(new ProviderAccount("openai", "nobody", true)))
                .isEmpty();
    }

    @Test
    void requeuesAJobWhoseLineIsNobodys() {
        var batch = aBatch(4);
        ofBulk(batch, 2, aBulk("1"));
        ofBulk(batch, 3, aBulk(null));
        jdbc.sql(
                        "UPDATE provider_batch_line SET state = 'returned', settled_at = now() WHERE provider_batch_id = :id AND number <> 2")
                .param("id", batch.row().id().value())
                .update();

        assertThat(rescues.requeueStranded(100)).isEqualTo(3);

        assertThat(standing(batch, 0)).isEqualTo("queued alone");
        assertThat(view(batch, 1).status()).isEqualTo("batched");
        assertThat(standing(batch, 2)).as("its bulk has a limit").isEqualTo("queued feeder");
        assertThat(standing(batch, 3)).isEqualTo("queued alone");
        batch.jobs().forEach(job -> jobs.cancel(TENANT, job));
    }

    /// A batch whose results are being read, and the jobs of its lines, which are numbered from 1.
    private record Batch(ProviderBatchRow row, List<JobId> jobs) {

        JobId job(int place) {
            return jobs.get(place);
        }

        OpenLine line(int place) {
            return lines.open(row, List.of(place + 1)).getFirst();
        }
    }

    private static Batch aBatch(int size) {
        return aBatch(size, null);
    }

    private static Batch aBatch(int size, @Nullable String hook) {
        var id = new ProviderBatchId(IDS.next());
        jdbc.sql("""
                INSERT INTO provider_batch (id, tenant_id, protocol, provider, account, model, endpoint, state, lines, tokens,
                                            bytes, close_at, remote_id, ended_as, ended_at, submitted_at, fence)
                VALUES (:id, :tenant, 'openai', 'simulator', 'default', 'gpt-4o-mini', '/v1/chat/completions', 'reconciling',
                        :lines, :lines * 500, :lines * 1000, now(), :remote, 'completed', now() - interval '1 minute', now(), 7)
                """)
                .param("id", id.value())
                .param("tenant", TENANT.value())
                .param("lines", size)
                .param("remote", "batch_" + id)
                .update();
        List<JobId> made = new ArrayList<>();
        for (int number = 1; number <= size; number++) {
            made.add(aJob(id, number, hook));
        }
        return new Batch(new JdbcProviderBatches(jdbc).find(id).orElseThrow(), List.copyOf(made));
    }

    private static JobId aJob(ProviderBatchId batch, int number, @Nullable String hook) {
        var job = new JobId(IDS.next());
        jdbc.sql("""
                WITH job AS (
                    INSERT INTO job (id, tenant_id, type, status, workflow, workflow_version, tier, deadline)
                    VALUES (:job, :tenant, 'generation', 'batched', 'classify', 1, 'fast', now() + interval '1 day')
                    RETURNING id, created_at),
                input AS (
                    INSERT INTO job_input (job_id, job_created_at, request, webhook_url)
                    SELECT id, created_at, '{"messages":[{"role":"user","content":"hi"}]}', :hook FROM job)
                INSERT INTO provider_batch_line (provider_batch_id, number, id, job_id, job_created_at, state, input_tokens,
                                                 output_tokens, estimate_usd)
                SELECT :batch, :number, :line, id, created_at, 'sent', 500, 300, 0.0003 FROM job
                """)
                .param("job", job.value())
                .param("tenant", TENANT.value())
                .param("hook", hook)
                .param("batch", batch.value())
                .param("number", number)
                .param("line", IDS.next())
                .update();
        return job;
    }

    private static Settled settle(Batch batch, LineEnd... ends) {
        return lines.settle(batch.row(), List.of(ends), MOST_ATTEMPTS).orElseThrow();
    }

    private static LineEnd answered(Batch batch, int place, JobEnd end) {
        return new LineEnd.Answered(batch.line(place), end, USED, CHARGE);
    }

    private static LineEnd again(Batch batch, int place, LineState state, Duration pause) {
        return new LineEnd.Again(batch.line(place), state, ErrorCode.PROVIDER_UNAVAILABLE, "it failed", pause);
    }

    private static JobEnd text(String answer) {
        return new JobEnd.Succeeded(JobResult.text(answer, "stop"));
    }

    private static TwinLine strayed() {
        return new TwinLine(99, USED, CHARGE, false);
    }

    private static JobView view(Batch batch, int place) {
        return jobs.find(TENANT, batch.job(place)).orElseThrow().job();
    }

    private static @Nullable String textOf(JobView.@Nullable Result result) {
        return requireNonNull(result).text();
    }

    private static long version(Batch batch, int place) {
        return jobs.find(TENANT, batch.job(place)).orElseThrow().version();
    }

    private static List<LedgerEntry> entries(Batch batch, int place) {
        return ledger.list(TENANT, batch.job(place), null, null, null, 100);
    }

    private static Map<String, Boolean> overlaps(Batch batch, int place) {
        return entries(batch, place).stream().collect(toMap(LedgerEntry::source, LedgerEntry::overlap));
    }

    private static List<String> states(Batch batch) {
        return jdbc.sql("SELECT state FROM provider_batch_line WHERE provider_batch_id = :id ORDER BY number")
                .param("id", batch.row().id().value())
                .query((row, _) -> row.getString(1))
                .list();
    }

    private static List<String> told(Batch batch, int place) {
        return jdbc.sql(
                        "SELECT convert_from(payload, 'UTF8') FROM webhook_message WHERE job_id = :job ORDER BY created_at")
                .param("job", batch.job(place).value())
                .query((row, _) -> row.getString(1))
                .list();
    }

    private static boolean due(Batch batch, int place) {
        return jdbc.sql("SELECT not_before <= now() AND task_id IS NULL FROM job WHERE id = :id")
                .param("id", batch.job(place).value())
                .query(Boolean.class)
                .single();
    }

    private static void attemptsSoFar(Batch batch, int place, int attempts) {
        jdbc.sql("UPDATE job SET attempts = :attempts WHERE id = :id")
                .param("attempts", attempts)
                .param("id", batch.job(place).value())
                .update();
    }

    private static void deadline(Batch batch, int place, int seconds) {
        jdbc.sql("UPDATE job SET deadline = now() + make_interval(secs => :seconds) WHERE id = :id")
                .param("seconds", seconds)
                .param("id", batch.job(place).value())
                .update();
    }

    private static int begin(int jobs) {
        return rescues.begin(ACCOUNT, jobs, Duration.ofSeconds(1000), Duration.ofSeconds(1), MOST_ATTEMPTS);
    }

    /// Jobs that a rescue would take now; none is taken.
    private static List<JobId> dueSoon() {
        List<JobId> taken = new ArrayList<>();
        transaction.executeWithoutResult(status -> {
            rescues.begin(ACCOUNT, 1000, Duration.ofDays(2), Duration.ofSeconds(1), MOST_ATTEMPTS);
            taken.addAll(jdbc.sql("SELECT id FROM job WHERE rescue AND status = 'queued'")
                    .query((row, _) -> new JobId(row.getObject("id", UUID.class)))
                    .list());
            status.setRollbackOnly();
        });
        return taken;
    }

    private static ClaimedJob rescue(Batch batch, int place) {
        return rescue(batch, place, worker);
    }

    private static ClaimedJob rescue(Batch batch, int place, WorkerId by) {
        jdbc.sql("UPDATE job SET status = 'queued', rescue = true, not_before = now() WHERE id = :id")
                .param("id", batch.job(place).value())
                .update();
        return attempts.claim(batch.job(place), by).orElseThrow();
    }

    private static Call begin(ClaimedJob attempt) {
        var call = new Call(
                new CallId(IDS.next()),
                attempt.id(),
                attempt.createdAt(),
                TENANT,
                attempt.fence(),
                attempt.worker(),
                ACCOUNT,
                "gpt-4o-mini",
                attempt.workflow(),
                attempt.user(),
                attempt.feature(),
                Usage.of(500, 300),
                ESTIMATE);
        assertThat(calls.begin(call)).isTrue();
        return call;
    }

    private static void answerDirectly(ClaimedJob attempt) {
        Call call = begin(attempt);
        transaction.executeWithoutResult(_ -> {
            calls.confirm(call, Usage.of(100, 10), ESTIMATE, "req_1");
            assertThat(attempts.finish(attempt, new JobEnd.Succeeded(JobResult.text("direct", "stop")), DIRECT))
                    .isTrue();
        });
    }
}
