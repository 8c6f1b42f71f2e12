package dev.offpeak.shared.jobs;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.LedgerEntryId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.CostLine;
import dev.offpeak.shared.ledger.LedgerEntry;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.ledger.LedgerStores;
import dev.offpeak.shared.ledger.OpenCosts;
import dev.offpeak.shared.ledger.Receipt;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.testing.TestServers;
import dev.offpeak.shared.webhooks.WebhookOutbox;
import dev.offpeak.shared.webhooks.WebhookStores;
import dev.offpeak.shared.webhooks.WebhookTarget;
import dev.offpeak.shared.workflows.Tier;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/// How a cost that was open becomes final, and who hears of it, on a real PostgreSQL.
class SettledCostsIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final TenantId TENANT = new TenantId(IDS.next());
    private static final Duration DEAD_AFTER = Duration.ofSeconds(8);
    private static final Duration A_DAY = Duration.ofHours(24);
    private static final Route ROUTE = new Route(Lane.DIRECT, "openai", "gpt-4o-mini");
    private static final WebhookTarget HOOK = new WebhookTarget("http://127.0.0.1/hook", null);
    private static final Charge ESTIMATE = charge("0.0001");
    private static final Charge REAL = charge("0.00002");

    private static JdbcClient jdbc;
    private static JobStore jobs;
    private static AttemptStore attempts;
    private static CallStore calls;
    private static LedgerStore ledger;
    private static OpenCosts open;
    private static SettledCosts settled;
    private static JdbcJobReader reader;
    private static JobEndedBus bus;
    private static TransactionTemplate transaction;
    private static WorkerId worker;

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        var source = new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
        jdbc = JdbcClient.create(source);
        transaction = new TransactionTemplate(new DataSourceTransactionManager(source));
        calls = LedgerStores.calls(jdbc);
        ledger = LedgerStores.ledger(jdbc);
        open = LedgerStores.openCosts(jdbc);
        bus = new JobEndedBus(source);
        var queue = new RecordingQueue();
        reader = new JdbcJobReader(jdbc, ledger);
        var endings = new JdbcJobEndings(jdbc, reader, WebhookStores.outbox(jdbc, queue, IDS), bus);
        jobs = new JdbcJobStore(jdbc, transaction, queue, reader, endings);
        attempts = new JdbcAttemptStore(jdbc, transaction, queue, endings, calls);
        settled = new JdbcSettledCosts(jdbc, transaction, endings);
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:id, 'acme')")
                .param("id", TENANT.value())
                .update();
        worker = aliveWorker();
    }

    @AfterAll
    static void disconnect() {
        bus.close();
    }

    @Test
    void writesAnEstimateOffAfterADayAndTellsThatTheCostIsFinal() {
        JobId job = withAnUnconfirmedCall(HOOK);
        assertThat(told(job)).singleElement().asString().contains("\"type\":\"job.cancelled\"", "\"final\":false");
        long version = version(job);

        open.writeOff(A_DAY, 100);
        settled.announce(100);
        assertThat(told(job)).hasSize(1);
        assertThat(view(job).cost().last()).isFalse();

        age(job, "25 hours");
        assertThat(open.writeOff(A_DAY, 100)).isEqualTo(1);
        assertThat(open.writeOff(A_DAY, 100)).isZero();
        settled.announce(100);
        settled.announce(100);

        assertThat(view(job).cost().last()).isTrue();
        assertThat(view(job).cost().billedUsd()).as("never silently zero").isEqualTo("0.0001");
        assertThat(entries(job)).singleElement().satisfies(entry -> {
            assertThat(entry.status()).isEqualTo("unconfirmed");
            assertThat(entry.settledAt()).isNotNull();
        });
        assertThat(told(job)).hasSize(2);
        assertThat(told(job).getLast())
                .contains("\"type\":\"job.cost_settled\"", "\"final\":true", "\"billed_usd\":\"0.0001\"");
        assertThat(version(job)).as("who polls with an entity tag sees it").isGreaterThan(version);
        assertThat(watched(job)).isFalse();
    }

    @Test
    void confirmsEvenWhatWasWrittenOffButTellsOnce() {
        ClaimedJob attempt = claim(submit(HOOK));
        Call call = begin(attempt, ESTIMATE);
        calls.leaveUnconfirmed(call, ErrorCode.PROVIDER_TIMEOUT);
        jobs.cancel(TENANT, attempt.id());
        age(attempt.id(), "25 hours");
        open.writeOff(A_DAY, 100);
        settled.announce(100);

        answer(attempt, call);
        settled.announce(100);

        assertThat(entries(attempt.id())).singleElement().satisfies(entry -> {
            assertThat(entry.status()).isEqualTo("confirmed");
            assertThat(entry.settledAt()).isNotNull();
        });
        assertThat(view(attempt.id()).cost().billedUsd()).isEqualTo("0.00002");
        assertThat(told(attempt.id())).hasSize(2);
    }

    @Test
    void tellsOfTheCostOfACallThatWasUnderWayWhenItsJobEnded() {
        ClaimedJob attempt = claim(submit(HOOK));
        Call call = begin(attempt, ESTIMATE);
        jobs.cancel(TENANT, attempt.id());
        settled.announce(100);
        assertThat(told(attempt.id())).as("the call is still under way").hasSize(1);

        answer(attempt, call);
        settled.announce(100);

        assertThat(told(attempt.id())).hasSize(2);
        assertThat(told(attempt.id()).getLast())
                .contains("job.cost_settled", "\"billed_usd\":\"0.00002\"", "\"status\":\"cancelled\"");
    }

    @Test
    void tellsOfACallThatWasUnderWayAndTurnsOutToCostNothing() {
        ClaimedJob attempt = claim(submit(HOOK));
        Call call = begin(attempt, ESTIMATE);
        jobs.cancel(TENANT, attempt.id());
        settled.announce(100);
        assertThat(watched(attempt.id())).isTrue();

        calls.notBilled(call, ErrorCode.PROVIDER_UNAVAILABLE);
        settled.announce(100);

        assertThat(told(attempt.id())).hasSize(2);
        assertThat(told(attempt.id()).getLast()).contains("job.cost_settled", "\"billed_usd\":\"0\"");
    }

    @Test
    void tellsOfACallThatBeganUnseenWhileItsJobEnded() {
        ClaimedJob attempt = claim(submit(HOOK));
        Call call = call(attempt, ESTIMATE);
        jobs.cancel(TENANT, attempt.id());
        assertThat(told(attempt.id())).singleElement().asString().contains("\"final\":true");

        answer(attempt, call);
        settled.announce(100);

        assertThat(told(attempt.id()).getLast()).contains("job.cost_settled", "\"billed_usd\":\"0.00002\"");
    }

    @Test
    void tellsOnceHoweverManyTakeThemselvesForTheLeader() throws Exception {
        List<JobId> open = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            open.add(withAnUnconfirmedCall(HOOK));
        }
        jdbc.sql("UPDATE ledger_entry SET settled_at = now() WHERE status = 'unconfirmed'")
                .update();

        List<Callable<Integer>> leaders = Collections.nCopies(8, () -> settled.announce(100));
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var leader : threads.invokeAll(leaders)) {
                leader.get();
            }
        }
        settled.announce(100);

        assertThat(open).allSatisfy(job -> assertThat(told(job)).hasSize(2));
    }

    @Test
    void keepsItsWatchWhereTheMessageCannotBeWritten() {
        JobId job = writtenOff(HOOK);
        var dying = settledCosts(reader, (_, _, _, _, _, _) -> {
            throw new IllegalStateException("as the test wants it");
        });

        dying.announce(100);
        assertThat(watched(job)).isTrue();
        settled.announce(100);
        assertThat(told(job)).as("put off, so that it is in nobody's way").hasSize(1);

        lookNow();
        settled.announce(100);
        assertThat(told(job)).hasSize(2);
    }

    @Test
    void tellsOfTheOthersWhereOneCannotBeToldOf() {
        JobId broken = writtenOff(HOOK);
        JobId other = writtenOff(HOOK);
        metadata(broken, "[]");

        settled.announce(100);

        assertThat(told(other)).hasSize(2);
        assertThat(told(broken)).hasSize(1);
        assertThat(watched(broken)).isTrue();

        metadata(broken, "{}");
        lookNow();
        settled.announce(100);
        assertThat(told(broken)).hasSize(2);
    }

    @Test
    void blamesNoJobForADatabaseThatIsAway() {
        JobId job = writtenOff(HOOK);
        var away = settledCosts(reader, (_, _, _, _, _, _) -> {
            throw new DataAccessResourceFailureException("as the test wants it");
        });

        assertThatThrownBy(() -> away.announce(100)).hasMessageContaining("as the test wants it");

        settled.announce(100);
        assertThat(told(job)).as("not put off").hasSize(2);
    }

    @Test
    void keepsItsWatchWhereTheCostIsNotFinalAfterAll() {
        JobId job = writtenOff(HOOK);
        var early = settledCosts(
                new JdbcJobReader(jdbc, stillOpen()), WebhookStores.outbox(jdbc, new RecordingQueue(), IDS));

        early.announce(100);
        assertThat(told(job)).hasSize(1);
        assertThat(watched(job)).isTrue();

        lookNow();
        settled.announce(100);
        assertThat(told(job)).hasSize(2);
        assertThat(watched(job)).isFalse();
    }

    @Test
    void tellsNothingMoreWhereOnlyTheAnswerToACommitWasLost() {
        ClaimedJob attempt = claim(submit(HOOK));
        Call call = begin(attempt, ESTIMATE);
        assertThat(answer(attempt, call)).isTrue();
        long version = version(attempt.id());

        assertThat(answer(attempt, call))
                .as("it was this claim that ended the job")
                .isTrue();
        settled.announce(100);

        assertThat(version(attempt.id())).isEqualTo(version);
        assertThat(watched(attempt.id())).isFalse();
        assertThat(told(attempt.id())).hasSize(1);
    }

    @Test
    void takesNobodyElsesEndForItsOwn() {
        JobId job = submit(HOOK);
        ClaimedJob stalled = attempts.claim(job, new WorkerId(IDS.next())).orElseThrow();
        jdbc.sql("UPDATE job SET taken_back = 4 WHERE id = :job")
                .param("job", job.value())
                .update();
        attempts.takeBack(DEAD_AFTER, 1000);
        assertThat(view(job).status()).isEqualTo("failed");

        var failed = new JobEnd.Failed(ErrorCode.PROVIDER_REJECTED, "no", null);
        boolean taken = transaction.execute(_ -> attempts.finish(stalled, failed, ROUTE));
        assertThat(taken).isFalse();
    }

    @Test
    void tellsOfACallThatBeganUnseenWhileItsJobEndedAndWhoseAnswerNobodySaw() throws Exception {
        ClaimedJob attempt = claim(submit(HOOK));
        Call call = call(attempt, ESTIMATE);
        cancelWhile(attempt.id(), () -> calls.begin(call));
        assertThat(told(attempt.id())).singleElement().asString().contains("\"final\":true");
        long version = version(attempt.id());

        calls.leaveUnconfirmed(call, ErrorCode.PROVIDER_TIMEOUT);

        assertThat(watched(attempt.id())).isTrue();
        assertThat(version(attempt.id()))
                .as("who polls with an entity tag sees it")
                .isGreaterThan(version);
        age(attempt.id(), "25 hours");
        open.writeOff(A_DAY, 100);
        settled.announce(100);
        assertThat(told(attempt.id()).getLast()).contains("job.cost_settled", "\"billed_usd\":\"0.0001\"");
    }

    @Test
    void tellsOfACallThatBeganAndBrokeUnseenWhileItsJobEnded() throws Exception {
        ClaimedJob attempt = claim(submit(HOOK));
        Call call = call(attempt, ESTIMATE);

        cancelWhile(attempt.id(), () -> {
            calls.begin(call);
            calls.leaveUnconfirmed(call, ErrorCode.PROVIDER_TIMEOUT);
            return true;
        });

        assertThat(told(attempt.id())).singleElement().asString().contains("\"final\":true");
        assertThat(watched(attempt.id())).isTrue();
    }

    @Test
    void tellsOfACallThatBeganUnseenAndWhoseWorkerDied() throws Exception {
        ClaimedJob attempt =
                attempts.claim(submit(HOOK), new WorkerId(IDS.next())).orElseThrow();
        cancelWhile(attempt.id(), () -> calls.begin(call(attempt, ESTIMATE)));
        long version = version(attempt.id());

        calls.abandonOfTheDead(DEAD_AFTER);

        assertThat(watched(attempt.id())).isTrue();
        assertThat(version(attempt.id())).isGreaterThan(version);
    }

    @Test
    void leavesAJobThatRunsAloneWhereItsCallIsNotAnswered() {
        ClaimedJob attempt = claim(submit(HOOK));
        long version = version(attempt.id());

        calls.leaveUnconfirmed(begin(attempt, ESTIMATE), ErrorCode.PROVIDER_TIMEOUT);

        assertThat(entries(attempt.id())).hasSize(1);
        assertThat(version(attempt.id())).isEqualTo(version);
        assertThat(watched(attempt.id())).isFalse();
    }

    @Test
    void tellsOfWhatAnOldProcessEndedWithoutAWatch() {
        JobId job = withAnUnconfirmedCall(HOOK);
        jdbc.sql("DELETE FROM cost_watch WHERE job_id = :job")
                .param("job", job.value())
                .update();
        age(job, "25 hours");

        open.writeOff(A_DAY, 100);
        settled.announce(100);

        assertThat(told(job).getLast()).contains("job.cost_settled");
    }

    @Test
    void leavesAnEntryInTheWindowThatItEntered() {
        ClaimedJob attempt = claim(submit(null));
        Call call = begin(attempt, ESTIMATE);
        calls.leaveUnconfirmed(call, ErrorCode.PROVIDER_TIMEOUT);
        Instant entered = entries(attempt.id()).getFirst().at();

        answer(attempt, call);

        assertThat(entries(attempt.id())).singleElement().satisfies(entry -> {
            assertThat(entry.status()).isEqualTo("confirmed");
            assertThat(entry.at()).isEqualTo(entered);
            assertThat(entry.settledAt()).isAfter(entered);
        });
    }

    @Test
    void watchesNoJobWhoseEndWasToldWithItsFinalCost() {
        ClaimedJob attempt = claim(submit(HOOK));
        Call call = begin(attempt, ESTIMATE);
        transaction.executeWithoutResult(_ -> {
            calls.confirm(call, Usage.of(10, 5), REAL, "req_1");
            attempts.finish(attempt, new JobEnd.Succeeded(JobResult.text("42", "stop")), ROUTE);
        });

        assertThat(told(attempt.id())).singleElement().asString().contains("\"final\":true");
        assertThat(watched(attempt.id())).isFalse();
    }

    @Test
    void tellsNobodyWhereTheJobHasNoWebhookOrTheModelNoPrice() {
        JobId quiet = withAnUnconfirmedCall(null);
        ClaimedJob unpriced = claim(submit(HOOK));
        calls.leaveUnconfirmed(begin(unpriced, Charge.UNPRICED), ErrorCode.PROVIDER_TIMEOUT);
        jobs.cancel(TENANT, unpriced.id());
        age(quiet, "25 hours");
        age(unpriced.id(), "25 hours");
        open.writeOff(A_DAY, 100);

        settled.announce(100);

        assertThat(view(quiet).cost().last()).isTrue();
        assertThat(told(quiet)).isEmpty();
        assertThat(view(unpriced.id()).cost().last())
                .as("a bill that is not complete is never final")
                .isFalse();
        assertThat(told(unpriced.id())).hasSize(1);
        assertThat(watched(unpriced.id())).isFalse();
    }

    @Test
    void takesAnEstimateBackWhenAStalledWorkerLearnsThatNothingWasBilled() {
        JobId job = submit(HOOK);
        ClaimedJob stalled = attempts.claim(job, new WorkerId(IDS.next())).orElseThrow();
        Call call = begin(stalled, ESTIMATE);
        attempts.takeBack(DEAD_AFTER, 1000);
        ClaimedJob fresh = claim(job);
        calls.abandonEarlier(job, fresh.fence());
        jobs.cancel(TENANT, job);
        assertThat(view(job).cost().billedUsd()).isEqualTo("0.0001");

        calls.notBilled(call, ErrorCode.PROVIDER_RATE_LIMITED);
        calls.notBilled(call, ErrorCode.PROVIDER_RATE_LIMITED);
        answer(stalled, call);
        settled.announce(100);

        assertThat(entries(job))
                .extracting(LedgerEntry::source, LedgerEntry::status, LedgerEntry::billed)
                .containsExactly(
                        tuple("correction", "confirmed", Usd.of("-0.0001")),
                        tuple("call", "unconfirmed", Usd.of("0.0001")));
        assertThat(entries(job).getLast().settledAt()).isNotNull();
        assertThat(sum(job)).isEqualTo("0 USD, 0 tokens, 0 in lines");
        JobView.Cost cost = view(job).cost();
        assertThat(cost.billedUsd()).isEqualTo("0");
        assertThat(cost.last()).isTrue();
        assertThat(view(job).usage().inputTokens()).isZero();
        assertThat(jdbc.sql("SELECT status FROM call WHERE job_id = :job")
                        .param("job", job.value())
                        .query(String.class)
                        .single())
                .isEqualTo("not_billed");
        assertThat(told(job).getLast()).contains("job.cost_settled", "\"billed_usd\":\"0\"");
    }

    @Test
    void takesBackExactlyWhatTheLedgerHoldsHoweverTheTwoMeet() throws Exception {
        for (int round = 0; round < 60; round++) {
            ClaimedJob attempt = claim(submit(null));
            Call call = begin(attempt, ESTIMATE);
            try (var threads = Executors.newFixedThreadPool(2)) {
                for (var end : threads.invokeAll(List.<Callable<Boolean>>of(
                        () -> calls.abandonEarlier(attempt.id(), Long.MAX_VALUE).isEmpty(), () -> {
                            calls.notBilled(call, ErrorCode.PROVIDER_UNAVAILABLE);
                            return true;
                        }))) {
                    end.get();
                }
            }

            assertThat(sum(attempt.id())).as("round " + round).isEqualTo("0 USD, 0 tokens, 0 in lines");
            jobs.cancel(TENANT, attempt.id());
            assertThat(view(attempt.id()).cost().last()).isTrue();
        }
    }

    @Test
    void abandonsCallsOfTheDeadWhateverBecameOfTheirJobs() {
        JobId cancelled = submit(null);
        ClaimedJob dead = attempts.claim(cancelled, new WorkerId(IDS.next())).orElseThrow();
        begin(dead, ESTIMATE);
        jobs.cancel(TENANT, cancelled);
        ClaimedJob living = claim(submit(null));
        begin(living, ESTIMATE);

        calls.abandonOfTheDead(DEAD_AFTER);

        assertThat(entries(cancelled))
                .singleElement()
                .extracting(LedgerEntry::status)
                .isEqualTo("unconfirmed");
        assertThat(entries(living.id())).isEmpty();
    }

    @Test
    void countsWhatIsOpen() {
        OpenCosts.Sum before = open.sum();
        JobId job = withAnUnconfirmedCall(null);

        assertThat(open.sum().calls()).isEqualTo(before.calls() + 1);
        assertThat(open.sum().usd()).isEqualTo(before.usd().plus(Usd.of("0.0001")));

        age(job, "25 hours");
        open.writeOff(A_DAY, 100);
        assertThat(open.sum()).isEqualTo(before);
    }

    private static JobId withAnUnconfirmedCall(@Nullable WebhookTarget hook) {
        ClaimedJob attempt = claim(submit(hook));
        calls.leaveUnconfirmed(begin(attempt, ESTIMATE), ErrorCode.PROVIDER_TIMEOUT);
        jobs.cancel(TENANT, attempt.id());
        return attempt.id();
    }

    /// As a worker settles an answer.
    ///
    /// @return whether it is the job's outcome
    private static boolean answer(ClaimedJob attempt, Call call) {
        return transaction.execute(_ -> {
            calls.confirm(call, Usage.of(10, 5), REAL, "req_1");
            var result = JobResult.text("42", "stop");
            boolean outcome = attempts.finish(attempt, new JobEnd.Succeeded(result), ROUTE);
            if (!outcome) {
                attempts.answeredLate(attempt, result, ROUTE);
            }
            return outcome;
        });
    }

    /// Cancels the job, and lets somebody else go on before that commits: to his end, or until he waits for the commit.
    private static void cancelWhile(JobId job, Callable<Boolean> somebodyElse) throws Exception {
        try (var thread = Executors.newSingleThreadExecutor()) {
            Future<Boolean> other = transaction.execute(_ -> {
                jobs.cancel(TENANT, job);
                Future<Boolean> meanwhile = thread.submit(somebodyElse);
                await().until(() -> meanwhile.isDone() || somebodyWaits());
                return meanwhile;
            });
            assertThat(other.get(3, TimeUnit.MINUTES)).isTrue();
        }
    }

    private static boolean somebodyWaits() {
        return jdbc.sql("""
                        SELECT count(*) FROM pg_stat_activity
                         WHERE wait_event_type = 'Lock' AND datname = current_database()
                        """).query(Integer.class).single() > 0;
    }

    private static JobId writtenOff(WebhookTarget hook) {
        JobId job = withAnUnconfirmedCall(hook);
        age(job, "25 hours");
        open.writeOff(A_DAY, 100);
        return job;
    }

    private static SettledCosts settledCosts(JdbcJobReader jobReader, WebhookOutbox outbox) {
        return new JdbcSettledCosts(jdbc, transaction, new JdbcJobEndings(jdbc, jobReader, outbox, bus));
    }

    /// A ledger to which every job has something open.
    private static LedgerStore stillOpen() {
        return new LedgerStore() {
            @Override
            public Map<JobId, Receipt> receipts(Collection<JobId> of) {
                var unsettled = new Receipt(Usd.ZERO, Usd.ZERO, true, false, List.of(), Usage.NONE);
                return of.stream().collect(toMap(job -> job, _ -> unsettled));
            }

            @Override
            public List<LedgerEntry> list(
                    TenantId tenant,
                    @Nullable JobId job,
                    @Nullable Instant from,
                    @Nullable Instant to,
                    @Nullable LedgerEntryId after,
                    int limit) {
                return List.of();
            }
        };
    }

    private static void metadata(JobId job, String json) {
        jdbc.sql("UPDATE job_input SET metadata = CAST(:json AS jsonb) WHERE job_id = :job")
                .param("json", json)
                .param("job", job.value())
                .update();
    }

    private static void lookNow() {
        jdbc.sql("UPDATE cost_watch SET look_at = now()").update();
    }

    private static void age(JobId job, String by) {
        jdbc.sql("UPDATE ledger_entry SET at = now() - CAST(:by AS interval) WHERE job_id = :job")
                .param("by", by)
                .param("job", job.value())
                .update();
    }

    /// What the job's receiver was told, oldest first.
    private static List<String> told(JobId job) {
        return jdbc.sql(
                        "SELECT convert_from(payload, 'UTF8') AS payload FROM webhook_message WHERE job_id = :job ORDER BY id")
                .param("job", job.value())
                .query((row, _) -> row.getString("payload"))
                .list();
    }

    private static boolean watched(JobId job) {
        return jdbc.sql("SELECT count(*) FROM cost_watch WHERE job_id = :job")
                        .param("job", job.value())
                        .query(Integer.class)
                        .single()
                > 0;
    }

    private static String sum(JobId job) {
        return jdbc.sql("""
                SELECT trim_scale(coalesce(sum(billed_usd), 0)) || ' USD, ' || coalesce(sum(input_tokens + output_tokens), 0)
                       || ' tokens, ' || trim_scale(coalesce(sum((SELECT sum(CAST(line ->> 'usd' AS numeric))
                                                                    FROM jsonb_array_elements(lines) line)), 0)) || ' in lines'
                  FROM ledger_entry WHERE job_id = :job
                """).param("job", job.value()).query(String.class).single();
    }

    private static WorkerId aliveWorker() {
        var id = new WorkerId(IDS.next());
        jdbc.sql(
                        "INSERT INTO worker (id, host, pid, version, beat_at) VALUES (:id, 'here', 1, 'test', now() + interval '1 hour')")
                .param("id", id.value())
                .update();
        return id;
    }

    private static JobId submit(@Nullable WebhookTarget hook) {
        var id = new JobId(IDS.next());
        jobs.submit(new JobSubmission(
                id,
                TENANT,
                JobType.GENERATION,
                "classify",
                1,
                Tier.FAST,
                new GenerationRequest(
                        List.of(new ChatMessage(ChatMessage.Role.USER, "7 x 6")),
                        null,
                        List.of(),
                        "auto",
                        "default",
                        null,
                        null,
                        null,
                        null,
                        new ResponseFormat.Text()),
                null,
                null,
                new Deadline.In(Duration.ofMinutes(15)),
                false,
                hook,
                List.of(),
                Map.of()));
        return id;
    }

    private static ClaimedJob claim(JobId job) {
        return attempts.claim(job, worker).orElseThrow();
    }

    private static JobView view(JobId job) {
        return jobs.find(TENANT, job).orElseThrow().job();
    }

    private static long version(JobId job) {
        return jobs.find(TENANT, job).orElseThrow().version();
    }

    private static List<LedgerEntry> entries(JobId job) {
        return ledger.list(TENANT, job, null, null, null, 10);
    }

    private static Call begin(ClaimedJob attempt, Charge estimate) {
        Call call = call(attempt, estimate);
        assertThat(calls.begin(call)).isTrue();
        return call;
    }

    private static Call call(ClaimedJob attempt, Charge estimate) {
        return new Call(
                new CallId(IDS.next()),
                attempt.id(),
                attempt.createdAt(),
                attempt.tenant(),
                attempt.fence(),
                attempt.worker(),
                new ProviderAccount("openai", "default", false),
                "gpt-4o-mini",
                attempt.workflow(),
                attempt.user(),
                attempt.feature(),
                Usage.of(120, 300),
                estimate);
    }

    private static Charge charge(String usd) {
        return new Charge(Usd.of(usd), Usd.of(usd), "price-1", List.of(new CostLine("list", Usd.of(usd))));
    }
}
