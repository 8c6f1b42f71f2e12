package dev.offpeak.worker.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.MessageId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.queue.RecordingQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.secrets.SecretBox;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.shared.testing.TestServers;
import dev.offpeak.shared.webhooks.SealedSecrets;
import dev.offpeak.shared.webhooks.Signature;
import dev.offpeak.shared.webhooks.SigningSecret;
import dev.offpeak.shared.webhooks.TargetGuard;
import dev.offpeak.shared.webhooks.TenantSecrets;
import dev.offpeak.shared.webhooks.WebhookOutbox;
import dev.offpeak.shared.webhooks.WebhookRows;
import dev.offpeak.shared.webhooks.WebhookTarget;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// Real rows, real sockets, a scripted DNS. Only 127.0.0.1 may be reached; 127.0.0.2 plays what is inside.
class WebhookDispatcherIT {

    private static final String PAYLOAD = "{\"type\":\"job.succeeded\",\"data\":{\"text\":\"Käse 🧀\"}}";
    private static final HikariDataSource SOURCE = source();
    private static final Duration DEADLINE = Duration.ofSeconds(1);
    private static final Duration CLAIM_FOR = Duration.ofSeconds(60);
    private static final Duration DEAD_AFTER = Duration.ofMinutes(10);
    private static final Duration SILENT_FOR_LONG = DEAD_AFTER.plusSeconds(1);

    @SuppressWarnings("TimeZoneUsage") // Receivers compare with the system clock too.
    private static final Clock CLOCK = Clock.systemUTC();

    private static final IdGenerator IDS = new TimeOrderedIds(CLOCK);

    private final JdbcClient jdbc = JdbcClient.create(SOURCE);
    private final TransactionTemplate inTransaction = new TransactionTemplate(new JdbcTransactionManager(SOURCE));
    private final RecordingQueue queue = new RecordingQueue();
    private final WebhookOutbox outbox = WebhookRows.outbox(jdbc, queue, IDS);
    private final SealedSecrets sealed =
            new SealedSecrets(new SecretBox("a key that only tests use", new SecureRandom()));
    private final TenantSecrets tenantSecrets = WebhookRows.tenantSecrets(jdbc, sealed);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final Map<String, Queue<List<InetAddress>>> dns = new ConcurrentHashMap<>();
    private final List<String> asked = new ArrayList<>();
    private final GuardedSender sender = sender(Duration.ofSeconds(30));
    private final GuardedSender hasty = sender(DEADLINE);
    private final JdbcDeliveries deliveries = deliveries();
    private final WebhookDispatcher dispatcher = dispatcher(sender, Duration.ofSeconds(30));

    private final Receiver receiver = new Receiver("127.0.0.1", 0);
    private final Receiver inside = new Receiver("127.0.0.2", receiver.port());

    private final TenantId tenant = new TenantId(IDS.next());
    private final SigningSecret secret = SigningSecret.create(new SecureRandom());

    @BeforeEach
    void forgetOtherTests() {
        jdbc.sql("TRUNCATE webhook_delivery").update();
    }

    @AfterEach
    void close() throws IOException {
        dispatcher.close();
        sender.close();
        hasty.close();
        receiver.close();
        inside.close();
    }

    @AfterAll
    static void closeSource() {
        SOURCE.close();
    }

    @Test
    void deliversOnceAndSigned() throws Exception {
        var message = tell(receiver.url("/hook?token=t%20t"));

        runTasks();
        runTasks();

        assertThat(receiver.hits()).hasSize(1);
        var hit = receiver.hits().getFirst();
        assertThat(hit.method()).isEqualTo("POST");
        assertThat(hit.pathAndQuery()).isEqualTo("/hook?token=t%20t");
        assertThat(hit.body()).isEqualTo(PAYLOAD.getBytes(UTF_8));
        assertThat(hit.header("content-type")).startsWith("application/json");
        assertThat(hit.header("user-agent")).startsWith("Offpeak/");
        assertThat(hit.header("webhook-id")).isEqualTo(message.toString());
        assertThat(hit.header("cookie")).isNull();
        assertThat(isSignedWith(secret, hit)).isTrue();
        assertThat(delivery()).containsEntry("status", "delivered").containsEntry("tries", 1);
        assertThat(attempts())
                .singleElement()
                .satisfies(attempt -> assertThat(attempt)
                        .containsEntry("outcome", "delivered")
                        .containsEntry("http_status", 200));
        assertThat(Metric.WEBHOOK_TRIES.counter(meters, "delivered").count()).isEqualTo(1);
        assertThat(meters.timer(Metric.WEBHOOK_FIRST_TRY.id()).count()).isEqualTo(1);
    }

    @Test
    void signsWithTheTenantsSecretWhereTheClientGaveNone() throws Exception {
        tell(receiver.url("/"), null);

        runTasks();

        assertThat(isSignedWith(
                        tenantSecrets.currentFor(tenant), receiver.hits().getFirst()))
                .isTrue();
    }

    @Test
    void triesAgainWithTheSameIdAfterAnError() throws Exception {
        receiver.willReply(Receiver.body(500, "broken".getBytes(UTF_8)), Receiver.status(200));
        tell(receiver.url("/"));

        assertThat(pauseAfter(this::runTasks)).isBetween(5.0, 6.0);
        assertThat(delivery()).containsEntry("status", "pending").containsEntry("tries", 1);
        assertThat(deliveries.wakeDue(100)).isZero();
        letTimePass();
        assertThat(deliveries.wakeDue(100)).isEqualTo(1);
        runTasks();

        assertThat(receiver.hits())
                .hasSize(2)
                .extracting(hit -> hit.header("webhook-id"))
                .doesNotContainNull()
                .satisfies(ids -> assertThat(ids.getFirst()).isEqualTo(ids.getLast()));
        assertThat(delivery()).containsEntry("status", "delivered").containsEntry("tries", 2);
        assertThat(attempts()).extracting(row -> row.get("outcome")).containsExactly("refused", "delivered");
        assertThat((byte[]) attempts().getFirst().get("response")).isEqualTo("broken".getBytes(UTF_8));
    }

    @Test
    void givesUpAfterTenTries() throws Exception {
        receiver.willAlwaysReply(Receiver.status(500));
        tell(receiver.url("/"));

        for (int i = 0; i < 12; i++) {
            runTasks();
            letTimePass();
            deliveries.wakeDue(100);
        }

        assertThat(receiver.hits()).hasSize(10);
        assertThat(delivery()).containsEntry("status", "failed").containsEntry("tries", 10);
        assertThat(attempts()).hasSize(10);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void followsNoRedirect(int status) throws Exception {
        receiver.willReply(Receiver.status(status, "Location", inside.url("/secret")));
        tell(receiver.url("/"));

        runTasks();

        assertThat(inside.hits()).isEmpty();
        assertThat(receiver.hits()).hasSize(1);
        assertThat(delivery()).containsEntry("status", "pending");
        assertThat(attempts().getFirst()).containsEntry("outcome", "redirected").containsEntry("http_status", status);
    }

    @Test
    void stopsAtOnceWhereTheReceiverIsGone() throws Exception {
        receiver.willReply(Receiver.status(410));
        tell(receiver.url("/"));

        runTasks();

        assertThat(delivery()).containsEntry("status", "failed").containsEntry("tries", 1);
    }

    @Test
    void waitsAsLongAsAskedTo() throws Exception {
        receiver.willReply(Receiver.status(503, "Retry-After", "7200"));
        tell(receiver.url("/"));

        assertThat(pauseAfter(this::runTasks)).isEqualTo(7200.0);
    }

    @Test
    void keepsNoCookies() throws Exception {
        receiver.willReply(Receiver.status(500, "Set-Cookie", "session=1; Path=/"));
        tell(receiver.url("/"));

        runTasks();
        letTimePass();
        deliveries.wakeDue(100);
        runTasks();

        assertThat(receiver.hits()).hasSize(2);
        assertThat(receiver.hits().getLast().header("cookie")).isNull();
    }

    @Test
    void endsATryToAReceiverThatHangsAtTheDeadline() throws Exception {
        receiver.willReply(receiver.hang());
        tell(receiver.url("/"));

        assertThat(pauseAfter(this::runTaskHastily)).isBetween(60.0, 72.0);

        assertThat(attempts().getFirst()).containsEntry("outcome", "timeout").containsEntry("http_status", null);
        assertThat(millisOfTheTry()).isGreaterThanOrEqualTo((int) DEADLINE.toMillis());
    }

    @Test
    void endsATryWithASlowBodyAtTheDeadline() throws Exception {
        receiver.willReply(receiver.halfABody());
        tell(receiver.url("/"));

        runTaskHastily();

        assertThat(attempts().getFirst()).containsEntry("outcome", "timeout");
        assertThat(millisOfTheTry()).isGreaterThanOrEqualTo((int) DEADLINE.toMillis());
    }

    @Test
    void endsATryToAHungNameServerAtTheDeadline() throws Exception {
        tell("http://hanging-dns.example:" + receiver.port() + "/");

        runTaskHastily();

        assertThat(attempts().getFirst()).containsEntry("outcome", "timeout");
        assertThat(millisOfTheTry()).isGreaterThanOrEqualTo((int) DEADLINE.toMillis());
    }

    @Test
    void readsNoMoreOfABodyThanItKeeps() throws Exception {
        receiver.willReply(Receiver.endlessBody());
        tell(receiver.url("/"));

        runTasks();

        assertThat(delivery()).containsEntry("status", "delivered");
        assertThat((byte[]) attempts().getFirst().get("response")).hasSize(20_000);
    }

    @Test
    void countsARefusedConnectionAsATry() throws Exception {
        var port = receiver.port();
        receiver.close();
        tell("http://127.0.0.1:" + port + "/");

        runTasks();

        assertThat(attempts().getFirst()).containsEntry("outcome", "unreachable");
    }

    @Test
    void trustsNoCertificateThatNobodyVouchesFor(@TempDir Path folder) throws Exception {
        try (var selfSigned = Receiver.selfSigned("127.0.0.1", folder)) {
            tell("https://127.0.0.1:" + selfSigned.port() + "/");

            runTasks();

            assertThat(attempts().getFirst()).containsEntry("outcome", "tls_failed");
            assertThat(selfSigned.hits()).isEmpty();
        }
    }

    @Test
    void asksTheDnsOnceAndGoesWhereItSaid() throws Exception {
        answer("flip.example", "127.0.0.1", "127.0.0.2");
        tell("http://flip.example:" + receiver.port() + "/");

        runTasks();

        assertThat(asked).containsExactly("flip.example");
        assertThat(receiver.hits())
                .singleElement()
                .satisfies(hit -> assertThat(hit.header("host")).isEqualTo("flip.example:" + receiver.port()));
        assertThat(inside.hits()).isEmpty();
    }

    @Test
    void asksTheDnsAnewBeforeEveryTry() throws Exception {
        receiver.willReply(Receiver.status(500));
        answer("flip.example", "127.0.0.1", "127.0.0.2");
        tell("http://flip.example:" + receiver.port() + "/");

        runTasks();
        letTimePass();
        deliveries.wakeDue(100);
        runTasks();

        assertThat(attempts()).extracting(row -> row.get("outcome")).containsExactly("refused", "invalid_target");
        assertThat(inside.hits()).isEmpty();
    }

    @Test
    void refusesAMixedAnswerWhole() throws Exception {
        answer("mixed.example", "127.0.0.1 127.0.0.2");
        tell("http://mixed.example:" + receiver.port() + "/");

        runTasks();

        assertThat(attempts().getFirst()).containsEntry("outcome", "invalid_target");
        assertThat(receiver.hits()).isEmpty();
        assertThat(inside.hits()).isEmpty();
    }

    @Test
    void refusesALiteralWithoutAskingTheDns() throws Exception {
        tell(inside.url("/"));

        runTasks();

        assertThat(attempts().getFirst()).containsEntry("outcome", "invalid_target");
        assertThat(asked).isEmpty();
        assertThat(inside.hits()).isEmpty();
    }

    @Test
    void countsAnUnknownNameAsATry() throws Exception {
        tell("http://unknown.example:" + receiver.port() + "/");

        runTasks();

        assertThat(attempts().getFirst()).containsEntry("outcome", "unresolved");
    }

    @Test
    void makesOneTryHoweverManyTasksComeAtOnce() throws Exception {
        tell(receiver.url("/"));
        var task = queue.enqueued().getFirst();
        var later = new Task(task.kind(), task.id(), task.wake() + 1, task.tenant());

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var runs = new ArrayList<Callable<Task>>();
            for (int i = 0; i < 16; i++) {
                var one = i % 2 == 0 ? task : later;
                runs.add(() -> {
                    dispatcher.run(one);
                    return one;
                });
            }
            for (var run : threads.invokeAll(runs)) {
                run.get();
            }
        }

        assertThat(receiver.hits()).hasSize(1);
        assertThat(attempts()).hasSize(1);
    }

    @Test
    void sendsTheSameMessageAgainAfterACrashBetweenSendingAndRecording() throws Exception {
        tell(receiver.url("/"));
        var task = queue.enqueued().getFirst();
        var dying = deliveries();
        var lost = dying.claim(task).orElseThrow();
        sender.post(lost.url(), Map.of("webhook-id", lost.message().toString()), lost.payload());

        assertThat(deliveries.wakeForgotten(100)).as("while its claim holds").isZero();
        jdbc.sql("UPDATE webhook_delivery SET claimed_at = now() - interval '61 s' WHERE tenant = ?")
                .param(tenant.value())
                .update();
        assertThat(deliveries.wakeForgotten(100)).isEqualTo(1);
        assertThat(deliveries.wakeForgotten(100)).as("woken already").isZero();
        runTasks();

        assertThat(receiver.hits())
                .hasSize(2)
                .extracting(hit -> hit.header("webhook-id"))
                .containsOnly(lost.message().toString());
        assertThat(dying.record(lost, new Exchange.Broken(TryOutcome.TIMEOUT), DEADLINE, new Next.Failed()))
                .as("an older claim writes nothing")
                .isFalse();
        assertThat(delivery()).containsEntry("status", "delivered").containsEntry("tries", 1);
    }

    @Test
    void freesTheClaimOfADeadWorkerAtOnceAndOfALivingOneNot() {
        tell(receiver.url("/"));
        tell(receiver.url("/"));
        var dead = new WorkerId(IDS.next());
        var alive = new WorkerId(IDS.next());
        assertThat(deliveriesOf(dead).claim(queue.enqueued().get(0))).isPresent();
        assertThat(deliveriesOf(alive).claim(queue.enqueued().get(1))).isPresent();
        register(dead, SILENT_FOR_LONG);
        register(alive, DEAD_AFTER.dividedBy(2));

        assertThat(deliveries.wakeOfTheDead()).isEqualTo(1);
        assertThat(deliveries.wakeOfTheDead()).as("woken already").isZero();

        var woken = queue.enqueued().getLast();
        assertThat(woken.id()).isEqualTo(queue.enqueued().get(0).id());
        assertThat(deliveries.claim(woken)).isPresent();
    }

    @Test
    void looksAgainAfterAWorkerThatWasTakenForDeadAndDies() {
        tell(receiver.url("/"));
        var paused = new WorkerId(IDS.next());
        register(paused, SILENT_FOR_LONG);
        assertThat(deliveries.wakeOfTheDead()).isZero();
        beat(paused, Duration.ZERO);
        assertThat(deliveries.wakeOfTheDead()).isZero();
        assertThat(deliveriesOf(paused).claim(queue.enqueued().getFirst())).isPresent();

        beat(paused, SILENT_FOR_LONG);

        assertThat(deliveries.wakeOfTheDead()).isEqualTo(1);
    }

    private void beat(WorkerId worker, Duration ago) {
        jdbc.sql("UPDATE worker SET beat_at = clock_timestamp() - make_interval(secs => ?) WHERE id = ?")
                .param((double) ago.toSeconds())
                .param(worker.value())
                .update();
    }

    @Test
    void wakesWhatADeadWorkerWasGivenAndHadNotClaimed() throws Exception {
        tell(receiver.url("/"));
        queue.strand(queue.enqueued().getFirst());

        assertThat(deliveries.wakeOfTheDead()).isEqualTo(1);
        assertThat(deliveries.wakeOfTheDead()).as("woken already").isZero();

        runTasks();
        assertThat(receiver.hits()).hasSize(1);
    }

    private JdbcDeliveries deliveriesOf(WorkerId worker) {
        return new JdbcDeliveries(jdbc, inTransaction, queue, worker, CLAIM_FOR, DEAD_AFTER);
    }

    private void register(WorkerId worker, Duration silentFor) {
        jdbc.sql("""
                INSERT INTO worker (id, host, pid, version, beat_at)
                VALUES (?, 'here', 1, 'test', clock_timestamp() - make_interval(secs => ?))
                """)
                .param(worker.value())
                .param((double) silentFor.toSeconds())
                .update();
    }

    @Test
    void offersATryAgainToADatabaseThatWasAway() throws Exception {
        tell(receiver.url("/"));
        var faults = new AtomicInteger(2);
        var flaky = new JdbcDeliveries(jdbc, inTransaction, queue, new WorkerId(IDS.next()), CLAIM_FOR, DEAD_AFTER) {
            @Override
            boolean record(Claim claim, Exchange exchange, Duration took, Next next) {
                if (faults.getAndDecrement() > 0) {
                    throw new DataAccessResourceFailureException("terminating connection");
                }
                return super.record(claim, exchange, took, next);
            }
        };
        try (var dispatching = dispatcher(flaky, sender, Duration.ofSeconds(30))) {
            dispatching.run(queue.enqueued().getFirst());
        }

        assertThat(receiver.hits()).as("sent once").hasSize(1);
        assertThat(delivery()).containsEntry("status", "delivered").containsEntry("tries", 1);
    }

    @Test
    void freesAClaimWhoseAnswerWasLostOnItsWay() throws Exception {
        tell(receiver.url("/"));
        var flaky = new JdbcDeliveries(jdbc, inTransaction, queue, new WorkerId(IDS.next()), CLAIM_FOR, DEAD_AFTER) {
            @Override
            Optional<Claim> claim(Task task) {
                assertThat(super.claim(task)).isPresent();
                throw new DataAccessResourceFailureException("terminating connection");
            }
        };
        try (var dispatching = dispatcher(flaky, sender, Duration.ofSeconds(30))) {
            assertThatThrownBy(() -> dispatching.run(queue.enqueued().getFirst()))
                    .isInstanceOf(DataAccessResourceFailureException.class);
        }

        assertThat(deliveries.wakeDue(10)).as("at once, not after a minute").isEqualTo(1);
        dispatcher.run(queue.enqueued().getLast());
        assertThat(receiver.hits()).hasSize(1);
    }

    @Test
    void wakesAnewWhereATaskWasLost() throws Exception {
        tell(receiver.url("/"));
        var task = queue.enqueued().getFirst();

        assertThat(deliveries.wakeForgotten(100)).as("while the task lives").isZero();
        queue.lose(task);
        assertThat(deliveries.wakeForgotten(100)).isEqualTo(1);

        assertThat(queue.enqueued().getLast())
                .isEqualTo(new Task(task.kind(), task.id(), task.wake() + 1, task.tenant()));
        runTasks();
        assertThat(receiver.hits()).hasSize(1);
    }

    @Test
    void looksBehindManyLiveTasksForAForgottenOne() {
        for (int i = 0; i < 1_100; i++) {
            tell(receiver.url("/"));
        }
        queue.lose(queue.enqueued().getLast());

        assertThat(deliveries.wakeForgotten(10)).isEqualTo(1);
    }

    @Test
    void wakesManyThatAreDueOnceOnly() throws Exception {
        for (int i = 0; i < 50; i++) {
            tell(receiver.url("/"));
        }
        jdbc.sql("UPDATE webhook_delivery SET task_id = NULL WHERE tenant = ?")
                .param(tenant.value())
                .update();

        var woken = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var sweeps = new ArrayList<Future<Integer>>();
            for (int i = 0; i < 8; i++) {
                sweeps.add(threads.submit(() -> deliveries.wakeDue(20)));
            }
            for (var sweep : sweeps) {
                woken += sweep.get();
            }
        }
        woken += deliveries.wakeDue(100);

        assertThat(woken).isEqualTo(50);
        assertThat(deliveries.pending()).isEqualTo(50);
        assertThat(deliveries.wakeDue(100)).isZero();
        assertThat(queue.enqueued()).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void letsGoOfItsTaskWhileAReceiverIsSlow() throws Exception {
        var slow = new CountDownLatch(1);
        receiver.willReply(exchange -> {
            slow.await();
            Receiver.status(200).to(exchange);
        });
        tell(receiver.url("/"));

        try (var impatient = dispatcher(sender, Duration.ofMillis(50))) {
            impatient.run(queue.enqueued().getFirst());

            assertThat(delivery()).containsEntry("status", "pending").containsEntry("tries", 0);
            assertThat(deliveries.wakeForgotten(100)).isZero();
            slow.countDown();
            await().untilAsserted(() -> assertThat(delivery()).containsEntry("status", "delivered"));
        }
    }

    @Test
    void letsATryEndThatIsUnderWayWhenTheWorkerStops() throws Exception {
        var slow = new CountDownLatch(1);
        receiver.willReply(exchange -> {
            slow.await();
            Receiver.status(200).to(exchange);
        });
        tell(receiver.url("/"));
        var stopping = dispatcher(sender, Duration.ofMillis(50));
        stopping.start();
        stopping.run(queue.enqueued().getFirst());

        var stop = Thread.ofVirtual().start(stopping::stop);
        await().until(() -> !stopping.isRunning());
        await().during(Duration.ofMillis(500))
                .untilAsserted(() ->
                        assertThat(delivery().get("worker")).as("claimed by").isNotNull());
        slow.countDown();
        assertThat(stop.join(Duration.ofMinutes(3))).isTrue();

        assertThat(delivery()).containsEntry("status", "delivered").containsEntry("tries", 1);
        assertThat(receiver.hits()).hasSize(1);
    }

    @Test
    void cutsOffATryThatOutlastsTheStop() throws Exception {
        receiver.willReply(receiver.hang());
        tell(receiver.url("/"));
        var stopping = dispatcher(deliveries, sender, Duration.ofMillis(50), Duration.ofMillis(100));
        stopping.start();
        stopping.run(queue.enqueued().getFirst());

        stopping.stop();

        assertThat(delivery())
                .containsEntry("status", "pending")
                .containsEntry("tries", 0)
                .containsEntry("worker", null);
    }

    @Test
    void recordsATryOfAThreadThatIsInterrupted() throws Exception {
        tell(receiver.url("/"));
        var marks = new ArrayList<Boolean>();
        var flaky = new JdbcDeliveries(jdbc, inTransaction, queue, new WorkerId(IDS.next()), CLAIM_FOR, DEAD_AFTER) {
            @Override
            boolean record(Claim claim, Exchange exchange, Duration took, Next next) {
                marks.add(Thread.currentThread().isInterrupted());
                if (marks.size() == 1) {
                    Thread.currentThread().interrupt(); // its connection breaks over it
                    throw new DataAccessResourceFailureException("Closed by interrupt");
                }
                return super.record(claim, exchange, took, next);
            }
        };
        try (var dispatching = dispatcher(flaky, sender, Duration.ofSeconds(30))) {
            dispatching.run(queue.enqueued().getFirst());
        }

        assertThat(marks).containsExactly(false, false);
        assertThat(delivery()).containsEntry("status", "delivered").containsEntry("tries", 1);
    }

    @Test
    void putsATryBackWhenTheWorkerStops() throws Exception {
        receiver.willReply(receiver.hang());
        tell(receiver.url("/"));
        var stopping = dispatcher(sender, Duration.ofMillis(50));
        stopping.run(queue.enqueued().getFirst());
        await().until(() -> !receiver.hits().isEmpty());

        stopping.close();

        assertThat(delivery())
                .containsEntry("status", "pending")
                .containsEntry("tries", 0)
                .containsEntry("worker", null);
        assertThat(deliveries.wakeDue(100)).isEqualTo(1);
        runTasks();
        assertThat(delivery()).containsEntry("status", "delivered").containsEntry("tries", 1);
    }

    @Test
    void putsBackWhatAHangingEndpointHasNoRoomForAndDeliversToOthers() throws Exception {
        try (var other = new Receiver("127.0.0.1", 0);
                var impatient = dispatcher(sender, Duration.ofMillis(50))) {
            receiver.willAlwaysReply(receiver.hang());
            for (int i = 0; i < 20; i++) {
                tell(receiver.url("/"));
            }
            tell(other.url("/"));
            for (var task : queue.enqueued()) {
                impatient.run(task);
            }

            await().untilAsserted(() -> {
                assertThat(other.hits()).hasSize(1);
                assertThat(jdbc.sql(
                                        "SELECT count(*) FROM webhook_delivery WHERE tenant = ? AND snoozes = 1 AND tries = 0")
                                .param(tenant.value())
                                .query(Long.class)
                                .single())
                        .isEqualTo(12);
            });
            assertThat(receiver.hits()).hasSizeLessThanOrEqualTo(8);
        }
    }

    @Test
    void waitsWhereItsSecretCannotBeOpened() throws Exception {
        var elsewhere = new SealedSecrets(new SecretBox("quite another key, by mistake", new SecureRandom()));
        tell(receiver.url("/"), elsewhere.seal(tenant, secret));
        Instant before = databaseTime();

        runTasks();

        assertThat(receiver.hits()).isEmpty();
        assertThat(delivery()).containsEntry("status", "pending").containsEntry("tries", 0);
        assertThat(nextTry()).isBetween(before.plusSeconds(60), databaseTime().plusSeconds(60));
    }

    private MessageId tell(String url) {
        return tell(url, sealed.seal(tenant, secret));
    }

    private MessageId tell(String url, byte @Nullable [] sealedSecret) {
        return inTransaction
                .execute(_ -> outbox.jobEnded(
                        tenant,
                        new JobId(IDS.next()),
                        CLOCK.instant(),
                        "job.succeeded",
                        PAYLOAD,
                        new WebhookTarget(url, sealedSecret)))
                .orElseThrow();
    }

    private void runTasks() throws InterruptedException {
        for (var task : queue.enqueued()) {
            dispatcher.run(task);
        }
    }

    private void runTaskHastily() throws InterruptedException {
        try (var dispatching = dispatcher(hasty, Duration.ofSeconds(30))) {
            dispatching.run(queue.enqueued().getFirst());
        }
    }

    private void letTimePass() {
        jdbc.sql("UPDATE webhook_delivery SET not_before = now() - interval '1 s' WHERE tenant = ?")
                .param(tenant.value())
                .update();
    }

    private Map<String, @Nullable Object> delivery() {
        return jdbc.sql("SELECT * FROM webhook_delivery WHERE tenant = ?")
                .param(tenant.value())
                .query()
                .singleRow();
    }

    private List<Map<String, @Nullable Object>> attempts() {
        return jdbc.sql("""
                        SELECT a.* FROM webhook_attempt a JOIN webhook_delivery d ON d.id = a.delivery_id
                         WHERE d.tenant = ? ORDER BY a.number""").param(tenant.value()).query().listOfRows();
    }

    /// From the end of the try to the next one, in seconds.
    private double pauseAfter(Work oneTry) throws Exception {
        oneTry.run();
        return jdbc.sql("""
                        SELECT extract(epoch FROM d.not_before - a.at)::float8
                          FROM webhook_delivery d JOIN webhook_attempt a ON a.delivery_id = d.id
                         WHERE d.tenant = ? ORDER BY a.number DESC LIMIT 1
                        """).param(tenant.value()).query(Double.class).single();
    }

    private int millisOfTheTry() {
        return (int) Objects.requireNonNull(attempts().getFirst().get("millis"));
    }

    private Instant nextTry() {
        return ((Timestamp) Objects.requireNonNull(delivery().get("not_before"))).toInstant();
    }

    private Instant databaseTime() {
        return jdbc.sql("SELECT clock_timestamp()")
                .query((row, _) -> row.getTimestamp(1).toInstant())
                .single();
    }

    private boolean isSignedWith(SigningSecret by, Receiver.Hit hit) {
        return Signature.verify(
                List.of(by),
                hit.header("webhook-id"),
                hit.header("webhook-timestamp"),
                hit.header("webhook-signature"),
                hit.body(),
                CLOCK.instant());
    }

    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    /// @param answers one after the other, the addresses of each parted by blanks
    private void answer(String host, String... answers) {
        dns.put(
                host,
                Arrays.stream(answers)
                        .map(answer -> Arrays.stream(answer.split(" ", -1))
                                .map(InetAddress::ofLiteral)
                                .toList())
                        .collect(Collectors.toCollection(ArrayDeque::new)));
    }

    private List<InetAddress> resolve(String host) throws UnknownHostException {
        asked.add(host);
        if (host.startsWith("hanging-dns")) {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException closing) {
                throw new UnknownHostException(host);
            }
        }
        var answers = dns.get(host);
        var answer = answers == null ? null : answers.poll();
        if (answer == null) {
            throw new UnknownHostException(host);
        }
        return answer;
    }

    private JdbcDeliveries deliveries() {
        return new JdbcDeliveries(jdbc, inTransaction, queue, new WorkerId(IDS.next()), CLAIM_FOR, DEAD_AFTER);
    }

    private GuardedSender sender(Duration deadline) {
        return new GuardedSender(
                new TargetGuard(List.of("127.0.0.1/32"), this::resolve),
                this::resolve,
                new DeliverySettings(deadline, deadline, CLAIM_FOR, deadline, 64, 32));
    }

    private WebhookDispatcher dispatcher(GuardedSender through, Duration holdTaskFor) {
        return dispatcher(deliveries, through, holdTaskFor);
    }

    private WebhookDispatcher dispatcher(JdbcDeliveries rows, GuardedSender through, Duration holdTaskFor) {
        return dispatcher(rows, through, holdTaskFor, Duration.ofSeconds(30));
    }

    private WebhookDispatcher dispatcher(
            JdbcDeliveries rows, GuardedSender through, Duration holdTaskFor, Duration longestTry) {
        return new WebhookDispatcher(
                rows,
                through,
                new EndpointLimits(64, 32),
                new RetrySchedule(new Random(1), CLOCK),
                sealed,
                tenantSecrets,
                meters,
                CLOCK,
                new Random(2),
                holdTaskFor,
                longestTry,
                Thread::sleep);
    }

    private static HikariDataSource source() {
        var database = TestServers.freshDatabase();
        var source = new HikariDataSource();
        source.setJdbcUrl(database.jdbcUrl());
        source.setUsername(database.username());
        source.setPassword(database.password());
        source.setMaximumPoolSize(10);
        return source;
    }
}
