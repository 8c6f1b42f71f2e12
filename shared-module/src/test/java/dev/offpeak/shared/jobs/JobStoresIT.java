package dev.offpeak.shared.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.MessageId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.JobStore.Cancellation;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.CostLine;
import dev.offpeak.shared.ledger.LedgerEntry;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.ledger.LedgerStores;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.testing.TestServers;
import dev.offpeak.shared.webhooks.WebhookTarget;
import dev.offpeak.shared.workflows.Tier;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/// The life of a job as its rows see it, on a real PostgreSQL.
class JobStoresIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final TenantId TENANT = new TenantId(IDS.next());
    private static final Duration DEAD_AFTER = Duration.ofSeconds(8);
    private static final Route ROUTE = new Route(Lane.DIRECT, "openai", "gpt-4o-mini");

    private static final RecordingQueue QUEUE = new RecordingQueue();
    private static final List<String> MESSAGES = new ArrayList<>();

    private static JdbcClient jdbc;
    private static JobStore jobs;
    private static AttemptStore attempts;
    private static CallStore calls;
    private static LedgerStore ledger;
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
        bus = new JobEndedBus(source);
        var reader = new JdbcJobReader(jdbc, ledger);
        var endings = new JdbcJobEndings(
                jdbc,
                reader,
                (_, _, _, type, payload, _) -> {
                    MESSAGES.add(type + " " + payload);
                    return Optional.of(new MessageId(IDS.next()));
                },
                bus);
        jobs = new JdbcJobStore(jdbc, transaction, QUEUE, reader, endings);
        attempts = new JdbcAttemptStore(jdbc, transaction, QUEUE, endings, calls);
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:id, 'acme')")
                .param("id", TENANT.value())
                .update();
        worker = aliveWorker();
    }

    @AfterAll
    static void disconnect() {
        bus.close();
    }

    private static WorkerId aliveWorker() {
        var id = new WorkerId(IDS.next());
        jdbc.sql(
                        "INSERT INTO worker (id, host, pid, version, beat_at) VALUES (:id, 'here', 1, 'test', now() + interval '1 hour')")
                .param("id", id.value())
                .update();
        return id;
    }

    private static JobId submit() {
        return submit(new Deadline.In(Duration.ofMinutes(15)), null);
    }

    private static JobId submit(Deadline deadline, @Nullable WebhookTarget webhook) {
        var id = new JobId(IDS.next());
        jobs.submit(new JobSubmission(
                id,
                TENANT,
                JobType.GENERATION,
                "classify",
                1,
                Tier.FAST,
                new GenerationRequest(
                        List.of(new ChatMessage(ChatMessage.Role.USER, "What is \"7 × 6\"?")),
                        null,
                        List.of(),
                        "auto",
                        "default",
                        null,
                        Usd.of("0.05"),
                        300,
                        null,
                        new ResponseFormat.JsonSchema("answer", "{\"type\":\"object\"}", true)),
                "u_1",
                "one-click",
                deadline,
                false,
                webhook,
                List.of("spring"),
                Map.of("sku", "A1")));
        return id;
    }

    private static ClaimedJob claim(JobId job) {
        return attempts.claim(job, worker).orElseThrow();
    }

    private static JobView view(JobId job) {
        return jobs.find(TENANT, job).orElseThrow().job();
    }

    private static boolean succeed(ClaimedJob attempt) {
        return transaction.execute(
                _ -> attempts.finish(attempt, new JobEnd.Succeeded(JobResult.text("42", "stop")), ROUTE));
    }

    @Test
    void leavesLargeResultsOutOfListsOnly() {
        JobId large = submit();
        String text = "x".repeat(JobStore.MOST_LISTED_BYTES + 1);
        transaction.execute(
                _ -> attempts.finish(claim(large), new JobEnd.Succeeded(JobResult.text(text, "stop")), ROUTE));
        JobId small = submit();
        succeed(claim(small));
        JobId open = submit();

        var listed = jobs.list(TENANT, new JobStore.Filter(null, null, null, null, null), null, 3);

        assertThat(listed).extracting(JobView::id).containsExactly(open.toString(), small.toString(), large.toString());
        assertThat(listed).extracting(JobView::resultOmitted).containsExactly(null, null, true);
        assertThat(listed.get(1).result()).isEqualTo(view(small).result());
        assertThat(listed.get(2).result()).isNull();
        assertThat(view(large).resultOmitted()).isNull();
        assertThat(view(large).result()).extracting(JobView.Result::text).isEqualTo(text);
    }

    @Test
    void findsWhatHasNotFinishedWithoutWalkingThroughHistory() {
        JobId open = submit();
        var queued = new JobStore.Filter(JobStatus.QUEUED, null, null, null, null);
        var cancelled = new JobStore.Filter(JobStatus.CANCELLED, null, null, null, null);

        assertThat(jobs.list(TENANT, queued, null, 1)).extracting(JobView::id).containsExactly(open.toString());
        jobs.cancel(TENANT, open);
        assertThat(jobs.list(TENANT, queued, null, 1)).extracting(JobView::id).doesNotContain(open.toString());
        assertThat(jobs.list(TENANT, cancelled, null, 1))
                .extracting(JobView::id)
                .containsExactly(open.toString());

        String plan = transaction.execute(_ -> {
            jdbc.sql("SET LOCAL enable_seqscan = off").update();
            jdbc.sql("SET LOCAL enable_bitmapscan = off").update();
            jdbc.sql("SET LOCAL enable_sort = off").update();
            return String.join(
                    "\n",
                    jdbc.sql("EXPLAIN " + JobRow.SELECT_FOR_LISTS
                                    + " WHERE job.tenant_id = :tenant AND job.status = 'running'"
                                    + " AND job.finished_at IS NULL ORDER BY job.id DESC LIMIT 50")
                            .param("tenant", TENANT.value())
                            .query(String.class)
                            .list());
        });
        assertThat(plan).contains("job_unfinished");
    }

    @Test
    void keepsWhatWasAskedAndWakesAWorkerInOneTransaction() {
        JobId job = submit();

        ClaimedJob claimed = claim(job);
        assertThat(claimed.attempt()).isEqualTo(1);
        assertThat(claimed.request().messages().getFirst().content()).isEqualTo("What is \"7 × 6\"?");
        assertThat(claimed.request().maxCost()).isEqualTo(Usd.of("0.05"));
        assertThat(claimed.request().responseFormat()).isInstanceOf(ResponseFormat.JsonSchema.class);
        assertThat(QUEUE.enqueued()).anyMatch(task -> task.id().equals(job.value()));
    }

    @Test
    void refusesADeadlineInThePast() {
        assertThatThrownBy(() -> submit(new Deadline.At(Instant.EPOCH), null))
                .isInstanceOf(JobStore.DeadlinePassed.class);
    }

    @Test
    void showsAJobToItsTenantOnly() {
        JobId job = submit();

        assertThat(jobs.find(new TenantId(IDS.next()), job)).isEmpty();
        JobView view = view(job);
        assertThat(view.status()).isEqualTo("queued");
        assertThat(view.metadata()).containsExactly(Map.entry("sku", "A1"));
        assertThat(view.tags()).containsExactly("spring");
        assertThat(view.cost().billedUsd()).isEqualTo("0");
    }

    @Test
    void givesAJobToOneOfManyClaimants() throws Exception {
        JobId job = submit();

        List<Callable<Boolean>> claimants =
                Collections.nCopies(16, () -> attempts.claim(job, worker).isPresent());
        long winners;
        try (var threads = Executors.newFixedThreadPool(16)) {
            winners = threads.invokeAll(claimants).stream()
                    .filter(Future::resultNow)
                    .count();
        }

        assertThat(winners).isEqualTo(1);
    }

    @Test
    void endsAJobOnceWithItsWebhook() {
        JobId job = submit(new Deadline.In(Duration.ofMinutes(1)), new WebhookTarget("http://127.0.0.1/hook", null));
        ClaimedJob attempt = claim(job);

        assertThat(succeed(attempt)).isTrue();
        assertThat(succeed(attempt)).as("its own end").isTrue();

        assertThat(view(job).status()).isEqualTo("succeeded");
        assertThat(view(job).result())
                .isNotNull()
                .extracting(JobView.Result::text)
                .isEqualTo("42");
        assertThat(jobs.ended(List.of(job))).containsEntry(job, JobStatus.SUCCEEDED);
        assertThat(MESSAGES)
                .filteredOn(message -> message.contains(job.toString()))
                .singleElement()
                .asString()
                .startsWith("job.succeeded {")
                .contains("\"status\":\"succeeded\"");
    }

    @Test
    void dropsTheOutcomeOfAClaimThatANewerOneHasReplaced() {
        JobId job = submit();
        var dead = new WorkerId(IDS.next());
        ClaimedJob old = attempts.claim(job, dead).orElseThrow();
        assertThat(attempts.takeBack(DEAD_AFTER, 100).all()).isGreaterThanOrEqualTo(1);
        ClaimedJob fresh = claim(job);

        assertThat(succeed(old)).isFalse();
        assertThat(attempts.putBack(old, Duration.ZERO, WaitReason.BACKOFF, true))
                .isFalse();
        assertThat(fresh.fence()).isGreaterThan(old.fence());
        assertThat(fresh.interrupted()).isTrue();
        assertThat(succeed(fresh)).isTrue();
    }

    @Test
    void putsNothingBackForAClaimThatANewerOneHasReplaced() {
        JobId job = submit();
        ClaimedJob old = attempts.claim(job, new WorkerId(IDS.next())).orElseThrow();
        attempts.takeBack(DEAD_AFTER, 100);
        claim(job);

        assertThat(attempts.putBack(old, Duration.ZERO, WaitReason.BACKOFF, false))
                .isFalse();
        assertThat(view(job).status()).isEqualTo("running");
    }

    @Test
    void confirmsTheCallOfAStalledWorkerWhoeverHoldsTheJobNow() {
        JobId job = submit();
        ClaimedJob stalled = attempts.claim(job, new WorkerId(IDS.next())).orElseThrow();
        Call call = begin(stalled);
        attempts.takeBack(DEAD_AFTER, 100);
        ClaimedJob fresh = claim(job);
        calls.abandonEarlier(job, fresh.fence());

        calls.confirm(call, Usage.of(1, 1), Charge.UNPRICED, null);

        assertThat(entries(fresh))
                .singleElement()
                .extracting(LedgerEntry::status)
                .isEqualTo("confirmed");
        assertThat(succeed(stalled)).isFalse();
        assertThat(succeed(fresh)).isTrue();
    }

    @Test
    void takesJobsBackFromDeadWorkersOnlyAndGivesUpOnWhatKillsFive() {
        JobId killer = submit();
        JobId healthy = submit();
        claim(healthy);

        for (int death = 1; death <= 5; death++) {
            assertThat(attempts.claim(killer, new WorkerId(IDS.next()))).isPresent();
            attempts.takeBack(DEAD_AFTER, 100);
        }

        assertThat(view(healthy).status()).isEqualTo("running");
        assertThat(view(killer).status()).isEqualTo("failed");
        assertThat(view(killer).error())
                .isNotNull()
                .extracting(JobView.Failure::code)
                .isEqualTo("worker_lost");
    }

    @Test
    void countsARetryAsAnAttemptAndASnoozeNot() {
        JobId job = submit();
        attempts.putBack(claim(job), Duration.ZERO, WaitReason.RATE_LIMITED, false);
        assertThat(view(job).waitReason()).isEqualTo("rate_limited");
        attempts.putBack(claim(job), Duration.ZERO, WaitReason.BACKOFF, true);

        assertThat(claim(job).attempt()).isEqualTo(2);
    }

    @Test
    void wakesAWaitingJobWhenItsMomentHasComeAndNotBefore() {
        JobId later = submit();
        attempts.putBack(claim(later), Duration.ofHours(1), WaitReason.BACKOFF, true);
        JobId now = submit();
        attempts.putBack(claim(now), Duration.ZERO, WaitReason.BACKOFF, true);

        attempts.wakeDue(1000);

        assertThat(QUEUE.enqueued())
                .anyMatch(task -> task.id().equals(now.value()) && task.wake() == 1)
                .noneMatch(task -> task.id().equals(later.value()) && task.wake() == 1);
        assertThat(attempts.claim(later, worker)).isEmpty();
        assertThat(attempts.claim(now, worker)).isPresent();
    }

    @Test
    void wakesADueJobAgainWhoseTaskIsGone() {
        JobId forgotten = submit();
        JobId waiting = submit();
        jdbc.sql("UPDATE job SET not_before = now() - interval '1 minute' WHERE id IN (:a, :b)")
                .param("a", forgotten.value())
                .param("b", waiting.value())
                .update();
        QUEUE.enqueued().stream()
                .filter(task -> task.id().equals(forgotten.value()))
                .forEach(QUEUE::lose);

        attempts.wakeForgotten(DEAD_AFTER, 1000);

        assertThat(QUEUE.enqueued())
                .anyMatch(task -> task.id().equals(forgotten.value()) && task.wake() == 1)
                .noneMatch(task -> task.id().equals(waiting.value()) && task.wake() == 1);
    }

    @Test
    void wakesAtOnceWhatADeadWorkerWasGivenAndHadNotClaimed() {
        JobId stranded = submit();
        JobId claimed = submit();
        claim(claimed);
        QUEUE.enqueued().stream()
                .filter(task -> task.id().equals(stranded.value()) || task.id().equals(claimed.value()))
                .forEach(QUEUE::strand);

        assertThat(attempts.wakeStranded(DEAD_AFTER)).isEqualTo(1);
        assertThat(attempts.wakeStranded(DEAD_AFTER)).as("woken already").isZero();

        assertThat(QUEUE.enqueued())
                .anyMatch(task -> task.id().equals(stranded.value()) && task.wake() == 1)
                .noneMatch(task -> task.id().equals(claimed.value()) && task.wake() == 1);
    }

    @Test
    void expiresWhatWaitsPastItsDeadline() {
        JobId job = submit(new Deadline.In(Duration.ofMinutes(1)), new WebhookTarget("http://127.0.0.1/hook", null));
        jdbc.sql("UPDATE job SET deadline = now() - interval '1 second' WHERE id = :id")
                .param("id", job.value())
                .update();

        assertThat(attempts.claim(job, worker)).isEmpty();
        attempts.expireDue(100);

        assertThat(view(job).status()).isEqualTo("expired");
        assertThat(view(job).error())
                .isNotNull()
                .extracting(JobView.Failure::code)
                .isEqualTo("deadline_exceeded");
        assertThat(MESSAGES).anyMatch(message -> message.startsWith("job.expired") && message.contains(job.toString()));
    }

    @Test
    void expiresTheOthersWhereOneCannotBeToldOf() {
        var hook = new WebhookTarget("http://127.0.0.1/hook", null);
        JobId broken = submit(new Deadline.In(Duration.ofMinutes(1)), hook);
        JobId other = submit(new Deadline.In(Duration.ofMinutes(1)), hook);
        metadata(broken, "[]");
        overdue(broken);
        overdue(other);

        attempts.expireDue(1);

        assertThat(view(other).status()).isEqualTo("expired");
        assertThat(MESSAGES)
                .anyMatch(message -> message.startsWith("job.expired") && message.contains(other.toString()));
        assertThat(jobs.ended(List.of(broken)))
                .as("told and ended together, or not at all")
                .isEmpty();

        metadata(broken, "{}");
        attempts.expireDue(1);
        assertThat(view(broken).status()).isEqualTo("expired");
    }

    @Test
    void expiresACrowdThatNobodyWantsToHearOfWithOneStatement() {
        attempts.expireDue(1000);
        List<JobId> crowd = List.of(submit(), submit(), submit());
        crowd.forEach(JobStoresIT::overdue);
        List<Object> asked = new ArrayList<>();
        var counting = (JdbcClient) Proxy.newProxyInstance(
                JdbcClient.class.getClassLoader(), new Class<?>[] {JdbcClient.class}, (_, method, args) -> {
                    asked.add(args[0]);
                    return method.invoke(jdbc, args);
                });
        var endings = new JdbcJobEndings(
                counting, new JdbcJobReader(counting, ledger), (_, _, _, _, _, _) -> Optional.empty(), bus);

        new JdbcAttemptStore(counting, transaction, QUEUE, endings, calls).expireDue(100);

        assertThat(asked).hasSize(1);
        assertThat(jobs.ended(crowd)).hasSize(3);
    }

    private static void metadata(JobId job, String json) {
        jdbc.sql("UPDATE job_input SET metadata = CAST(:json AS jsonb) WHERE job_id = :job")
                .param("json", json)
                .param("job", job.value())
                .update();
    }

    private static void overdue(JobId job) {
        jdbc.sql("UPDATE job SET deadline = now() - interval '1 second' WHERE id = :id")
                .param("id", job.value())
                .update();
    }

    @Test
    void keepsTheFirstPaidAnswerThatComesAfterItsJobHasExpired() {
        ClaimedJob attempt = claim(submit());
        expire(attempt.id());
        long version = jobs.find(TENANT, attempt.id()).orElseThrow().version();
        assertThat(succeed(attempt)).isFalse();

        assertThat(attempts.answeredLate(attempt, JobResult.json("{\"a\":1}", "{\"a\":1}"), ROUTE))
                .isTrue();
        assertThat(attempts.answeredLate(attempt, JobResult.text("second", "stop"), ROUTE))
                .isFalse();

        JobView job = view(attempt.id());
        assertThat(job.status()).isEqualTo("expired");
        assertThat(job.result()).isNull();
        assertThat(job.lateResult()).isNotNull().satisfies(late -> {
            assertThat(late.kind()).isEqualTo("json");
            assertThat(late.text()).isEqualTo("{\"a\":1}");
            assertThat(late.json()).isNotNull();
        });
        assertThat(job.model()).isEqualTo("gpt-4o-mini");
        assertThat(jobs.list(TENANT, new JobStore.Filter(JobStatus.EXPIRED, null, null, null, null), null, 1))
                .extracting(JobView::lateResult)
                .containsExactly(job.lateResult());
        assertThat(jobs.find(TENANT, attempt.id()).orElseThrow().version())
                .as("who polls with an entity tag sees it")
                .isGreaterThan(version);
    }

    @Test
    void leavesLargeLateResultsOutOfLists() {
        ClaimedJob attempt = claim(submit());
        expire(attempt.id());
        String text = "x".repeat(JobStore.MOST_LISTED_BYTES + 1);
        assertThat(attempts.answeredLate(attempt, JobResult.text(text, "stop"), ROUTE))
                .isTrue();

        assertThat(jobs.list(TENANT, new JobStore.Filter(JobStatus.EXPIRED, null, null, null, null), null, 1))
                .singleElement()
                .satisfies(listed -> {
                    assertThat(listed.lateResult()).isNull();
                    assertThat(listed.resultOmitted()).isTrue();
                });
        assertThat(view(attempt.id()).lateResult())
                .extracting(JobView.Result::text)
                .isEqualTo(text);
    }

    @Test
    void keepsNoLateAnswerOfAJobThatHasNotExpired() {
        ClaimedJob cancelled = claim(submit());
        jobs.cancel(TENANT, cancelled.id());
        ClaimedJob running = claim(submit());
        ClaimedJob expired = claim(submit());
        expire(expired.id());

        for (ClaimedJob attempt : List.of(cancelled, running)) {
            assertThat(attempts.answeredLate(attempt, JobResult.text("42", "stop"), ROUTE))
                    .isFalse();
            assertThat(view(attempt.id()).lateResult()).isNull();
            assertThat(view(attempt.id()).result()).isNull();
        }
        assertThat(attempts.answeredLate(expired, null, ROUTE)).isFalse();
        assertThat(view(expired.id()).lateResult()).isNull();
        assertThat(succeed(running)).as("its one outcome is still to come").isTrue();
    }

    @Test
    void letsNoCallBeginThatCannotEndBeforeItsDeadline() {
        ClaimedJob soon = claim(submit());
        jdbc.sql("UPDATE job SET deadline = now() + interval '900 milliseconds' WHERE id = :id")
                .param("id", soon.id().value())
                .update();

        assertThat(calls.begin(call(soon))).isFalse();
    }

    private static void expire(JobId job) {
        overdue(job);
        attempts.expireDue(1000);
    }

    @Test
    void cancelsOnceAndAgainAndNeverWhatHasEnded() {
        JobId waiting = submit();
        assertThat(jobs.cancel(TENANT, waiting)).isInstanceOf(Cancellation.Cancelled.class);
        assertThat(jobs.cancel(TENANT, waiting)).isInstanceOf(Cancellation.Cancelled.class);

        JobId running = submit();
        ClaimedJob attempt = claim(running);
        assertThat(jobs.cancel(TENANT, running)).isInstanceOf(Cancellation.Cancelled.class);
        assertThat(succeed(attempt)).isFalse();

        JobId done = submit();
        succeed(claim(done));
        assertThat(jobs.cancel(TENANT, done)).isEqualTo(new Cancellation.AlreadyFinished(JobStatus.SUCCEEDED));
        assertThat(jobs.cancel(new TenantId(IDS.next()), done)).isInstanceOf(Cancellation.NoSuchJob.class);
    }

    @Test
    void writesOneLedgerRowForACallHoweverOftenItIsSettled() {
        ClaimedJob attempt = claim(submit());
        Call call = begin(attempt);
        var usage = new Usage(100, 20, 0, 0, 30);
        var charge = new Charge(
                Usd.of("0.00002"),
                Usd.of("0.000033"),
                "price-1",
                List.of(new CostLine("list", Usd.of("0.000033")), new CostLine("prompt_cache", Usd.of("-0.000013"))));

        calls.leaveUnconfirmed(call, ErrorCode.PROVIDER_TIMEOUT);
        assertThat(entries(attempt))
                .singleElement()
                .extracting(LedgerEntry::status)
                .isEqualTo("unconfirmed");
        assertThat(view(attempt.id()).cost().last()).isFalse();

        calls.confirm(call, usage, charge, "req_1");
        calls.confirm(call, usage, charge, "req_1");
        calls.leaveUnconfirmed(call, ErrorCode.PROVIDER_TIMEOUT);
        calls.notBilled(call, ErrorCode.PROVIDER_UNAVAILABLE);

        assertThat(entries(attempt)).singleElement().satisfies(entry -> {
            assertThat(entry.status()).isEqualTo("confirmed");
            assertThat(entry.usage()).isEqualTo(usage);
            assertThat(entry.billed()).isEqualTo(Usd.of("0.00002"));
        });
        JobView.Cost cost = view(attempt.id()).cost();
        assertThat(cost.billedUsd()).isEqualTo("0.00002");
        assertThat(cost.savedUsd()).isEqualTo("0.000013");
        assertThat(cost.last()).as("the job still runs").isFalse();
        assertThat(succeed(attempt)).isTrue();
        assertThat(view(attempt.id()).cost().last()).isTrue();
        assertThat(cost.lines()).extracting(JobView.Cost.Line::kind).containsExactly("list", "prompt_cache");
    }

    @Test
    void letsNoCallBeginForAClaimThatNoLongerHoldsTheJob() {
        ClaimedJob cancelled = claim(submit());
        jobs.cancel(TENANT, cancelled.id());
        assertThat(calls.begin(call(cancelled))).isFalse();

        JobId job = submit();
        ClaimedJob stalled = attempts.claim(job, new WorkerId(IDS.next())).orElseThrow();
        attempts.takeBack(DEAD_AFTER, 100);
        ClaimedJob fresh = claim(job);
        assertThat(calls.begin(call(stalled))).isFalse();
        assertThat(calls.begin(call(fresh))).isTrue();
    }

    @Test
    void putsBackWhatStandsAsRunningButNobodyHolds() {
        WorkerId busy = aliveWorker();
        JobId held = submit();
        JobId lost = submit();
        JobId justClaimed = submit();
        for (JobId job : List.of(held, lost, justClaimed)) {
            assertThat(attempts.claim(job, busy)).isPresent();
        }
        jdbc.sql("UPDATE job SET claimed_at = now() - interval '1 minute' WHERE id IN (:held, :lost)")
                .param("held", held.value())
                .param("lost", lost.value())
                .update();

        assertThat(attempts.releaseUnheld(busy, () -> List.of(held), 100))
                .isEqualTo(new AttemptStore.TakenBack(1, 0, List.of()));

        assertThat(view(lost).status()).isEqualTo("queued");
        assertThat(view(held).status()).isEqualTo("running");
        assertThat(view(justClaimed).status()).isEqualTo("running");
    }

    @Test
    void asksWhatIsHeldOnceTheDatabaseHasSaidWhatTimeItIs() {
        WorkerId busy = aliveWorker();
        JobId claimedMeanwhile = submit();
        assertThat(attempts.claim(claimedMeanwhile, busy)).isPresent();

        var released = attempts.releaseUnheld(
                busy,
                () -> {
                    // On a connection of its own. Claimed, as far as this look goes, just before it was asked.
                    CompletableFuture.runAsync(() -> jdbc.sql("""
                                    UPDATE job SET claimed_at = clock_timestamp() - interval '10 seconds' WHERE id = :id
                                    """)
                                    .param("id", claimedMeanwhile.value())
                                    .update())
                            .join();
                    return List.of();
                },
                100);

        assertThat(released.all()).isZero();
        assertThat(view(claimedMeanwhile).status()).isEqualTo("running");
    }

    @Test
    void findsAClaimAgainWhoseConfirmationWasLost() {
        WorkerId busy = aliveWorker();
        JobId job = submit();
        assertThat(attempts.unheardClaim(job, busy)).as("not claimed").isEmpty();
        ClaimedJob lost = attempts.claim(job, busy).orElseThrow();

        assertThat(attempts.unheardClaim(job, worker)).as("another worker's").isEmpty();
        ClaimedJob found = attempts.unheardClaim(job, busy).orElseThrow();

        assertThat(found).usingRecursiveComparison().ignoringFields("timeLeft").isEqualTo(lost);
        assertThat(calls.begin(call(found))).isTrue();
        assertThat(attempts.unheardClaim(job, busy)).as("somebody used it").isEmpty();
    }

    @Test
    void givesUpOnAJobThatThreadsKeepDyingOver() {
        JobId job = submit(new Deadline.In(Duration.ofMinutes(15)), new WebhookTarget("http://127.0.0.1/hook", null));
        WorkerId busy = aliveWorker();
        var last = AttemptStore.TakenBack.NOTHING;
        for (int death = 1; death <= 5; death++) {
            assertThat(attempts.claim(job, busy)).as("claim " + death).isPresent();
            jdbc.sql("UPDATE job SET claimed_at = now() - interval '1 minute' WHERE id = :id")
                    .param("id", job.value())
                    .update();
            last = attempts.releaseUnheld(busy, List::of, 100);
        }

        assertThat(last).isEqualTo(new AttemptStore.TakenBack(1, 1, List.of()));
        assertThat(view(job).status()).isEqualTo("failed");
        assertThat(view(job).error())
                .isNotNull()
                .extracting(JobView.Failure::code)
                .isEqualTo("worker_lost");
        assertThat(MESSAGES).anyMatch(message -> message.startsWith("job.failed") && message.contains(job.toString()));
    }

    @Test
    void tellsWhichClaimsNoLongerHoldTheirJob() {
        ClaimedJob held = claim(submit());
        ClaimedJob cancelled = claim(submit());
        jobs.cancel(TENANT, cancelled.id());
        ClaimedJob stalled = attempts.claim(submit(), new WorkerId(IDS.next())).orElseThrow();
        ClaimedJob takenOver =
                attempts.claim(submit(), new WorkerId(IDS.next())).orElseThrow();
        attempts.takeBack(DEAD_AFTER, 100);
        claim(takenOver.id());
        ClaimedJob expired = claim(submit());
        jdbc.sql("UPDATE job SET deadline = now() - interval '1 second' WHERE id = :id")
                .param("id", expired.id().value())
                .update();
        attempts.expireDue(100);

        assertThat(attempts.lostClaims(List.of(held, cancelled, stalled, takenOver, expired)))
                .containsOnly(
                        Map.entry(cancelled.id(), ErrorCode.JOB_CANCELLED),
                        Map.entry(stalled.id(), ErrorCode.WORKER_LOST),
                        Map.entry(takenOver.id(), ErrorCode.WORKER_LOST));
        assertThat(attempts.lostClaims(List.of())).isEmpty();
    }

    @Test
    void callsNoCostFinalWhileACallOfACancelledJobIsInFlight() {
        ClaimedJob attempt = claim(submit());
        Call call = begin(attempt);
        jobs.cancel(TENANT, attempt.id());
        assertThat(view(attempt.id()).cost().last()).isFalse();

        calls.notBilled(call, ErrorCode.PROVIDER_UNAVAILABLE);
        assertThat(view(attempt.id()).cost().last()).isTrue();
    }

    @Test
    void keepsTheEstimateOfACallThatDiedWithItsWorker() {
        JobId job = submit();
        ClaimedJob old = attempts.claim(job, new WorkerId(IDS.next())).orElseThrow();
        begin(old);
        attempts.takeBack(DEAD_AFTER, 100);
        ClaimedJob fresh = claim(job);

        assertThat(calls.abandonEarlier(job, fresh.fence()))
                .containsExactly(new CallStore.Estimate("openai", "gpt-4o-mini", Usd.of("0.0001")));
        assertThat(calls.abandonEarlier(job, fresh.fence())).isEmpty();

        assertThat(entries(fresh)).singleElement().satisfies(entry -> {
            assertThat(entry.status()).isEqualTo("unconfirmed");
            assertThat(entry.billed()).isEqualTo(Usd.of("0.0001"));
        });
    }

    @Test
    void showsACallWithoutAPriceAsUnpricedAndNeverAsZero() {
        ClaimedJob attempt = claim(submit());
        calls.confirm(begin(attempt), Usage.of(10, 5), Charge.UNPRICED, null);

        JobView.Cost cost = view(attempt.id()).cost();
        assertThat(cost.unpriced()).isTrue();
        assertThat(cost.billedUsd()).isNull();
        assertThat(entries(attempt))
                .singleElement()
                .extracting(LedgerEntry::billed)
                .isNull();
    }

    private static Call begin(ClaimedJob attempt) {
        Call call = call(attempt);
        assertThat(calls.begin(call)).isTrue();
        return call;
    }

    private static Call call(ClaimedJob attempt) {
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
                new Charge(
                        Usd.of("0.0001"),
                        Usd.of("0.0001"),
                        "price-1",
                        List.of(new CostLine("list", Usd.of("0.0001")))));
    }

    private static List<LedgerEntry> entries(ClaimedJob attempt) {
        return ledger.list(TENANT, attempt.id(), null, null, null, 10);
    }

    @Test
    void everyStatusOfTheEnumIsKnownToTheTable() {
        String check = jdbc.sql("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'job_status'")
                .query(String.class)
                .single();

        for (JobStatus status : JobStatus.values()) {
            assertThat(check).contains("'" + status.wire() + "'");
        }
    }
}
