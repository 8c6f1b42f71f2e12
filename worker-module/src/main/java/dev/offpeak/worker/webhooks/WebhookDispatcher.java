package dev.offpeak.worker.webhooks;

import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.secrets.UnreadableSecret;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.shared.webhooks.SealedSecrets;
import dev.offpeak.shared.webhooks.Signature;
import dev.offpeak.shared.webhooks.SigningSecret;
import dev.offpeak.shared.webhooks.TenantSecrets;
import dev.offpeak.worker.engine.TaskHandler;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;

/// Makes one try of a delivery that is due. A try may outlive its task, so that this has an end of its own:
/// after the engine's drain, when no try begins any more, and before the worker signs off.
class WebhookDispatcher implements TaskHandler, SmartLifecycle, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WebhookDispatcher.class);

    /// About half a minute in all; for longer the claim would not hold.
    private static final int MOST_RECORDS = 11;

    private static final Duration BETWEEN_RECORDS = Duration.ofMillis(500);
    private static final Duration SHORTEST_SNOOZE = Duration.ofMillis(250);
    private static final Duration LONGEST_SNOOZE = Duration.ofSeconds(30);
    private static final Duration UNTIL_CLOSED = Duration.ofSeconds(5);
    private static final Duration UNTIL_KEY_IS_MENDED = Duration.ofMinutes(1);

    private final JdbcDeliveries deliveries;
    private final GuardedSender sender;
    private final EndpointLimits limits;
    private final RetrySchedule schedule;
    private final SealedSecrets sealed;
    private final TenantSecrets tenantSecrets;
    private final MeterRegistry meters;
    private final Clock clock;
    private final RandomGenerator random;
    private final Duration holdTaskFor;
    private final Duration longestTry;
    private final Sleeper sleeper;
    private final Set<UUID> held = ConcurrentHashMap.newKeySet(); // deliveries
    private final ExecutorService tries = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean running;

    /// @param longestTry for so long a stop waits for tries under way
    WebhookDispatcher(
            JdbcDeliveries deliveries,
            GuardedSender sender,
            EndpointLimits limits,
            RetrySchedule schedule,
            SealedSecrets sealed,
            TenantSecrets tenantSecrets,
            MeterRegistry meters,
            Clock clock,
            RandomGenerator random,
            Duration holdTaskFor,
            Duration longestTry,
            Sleeper sleeper) {
        this.deliveries = deliveries;
        this.sender = sender;
        this.limits = limits;
        this.schedule = schedule;
        this.sealed = sealed;
        this.tenantSecrets = tenantSecrets;
        this.meters = meters;
        this.clock = clock;
        this.random = random;
        this.holdTaskFor = holdTaskFor;
        this.longestTry = longestTry;
        this.sleeper = sleeper;
    }

    @Override
    public TaskKind kind() {
        return TaskKind.DELIVERY;
    }

    @Override
    public void run(Task task) throws InterruptedException {
        if (!held.add(task.id())) {
            return; // a try of this worker's is under way
        }
        boolean trying = false;
        try {
            // Empty for a task too many: the delivery has ended, is not due, or a try is under way.
            var claim = claim(task).orElse(null);
            if (claim != null) {
                trying = start(claim);
            }
        } finally {
            if (!trying) {
                held.remove(task.id());
            }
        }
    }

    private Optional<Claim> claim(Task task) {
        try {
            return deliveries.claim(task);
        } catch (DataAccessException fault) {
            // The claim may stand, and would keep everybody away for a minute.
            deliveries.unclaim(task.id());
            throw fault;
        }
    }

    /// @return whether a try is under way, which will say itself when it has ended
    private boolean start(Claim claim) throws InterruptedException {
        Failpoints.reach(Failpoint.DELIVERY_CLAIMED);
        var permit = limits.tryEnter(claim.endpoint()).orElse(null);
        if (permit == null) {
            deliveries.putBack(claim, snooze(claim.snoozes()), claim.snoozes() + 1);
            return false;
        }
        Future<?> attempt;
        try {
            attempt = tries.submit(() -> makeTry(claim, permit));
        } catch (RejectedExecutionException stopped) {
            permit.giveBack();
            deliveries.putBack(claim, Duration.ZERO, claim.snoozes());
            return false;
        }
        try {
            attempt.get(holdTaskFor.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException slow) {
            // It goes on without the task, and its claim keeps others away: who hangs shall not hold a worker's places.
            return true;
        } catch (ExecutionException e) {
            throw new IllegalStateException("A try of a webhook failed", e.getCause());
        } catch (InterruptedException e) {
            attempt.cancel(true);
            throw e;
        }
    }

    @Override
    public void start() {
        running = true;
    }

    /// Lets the tries under way end: a receiver that has the message would get it again.
    @Override
    public void stop() {
        running = false;
        tries.shutdown();
        if (!ended(longestTry)) {
            LOG.atInfo().log("Tries of webhooks outlast the stop; they are cut off and made again by another worker");
        }
        close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /// Between the engine, which hands over tries, and the registry, whose sign-off frees this worker's claims.
    /// While it waits, maintenance goes on.
    @Override
    public int getPhase() {
        return 2000;
    }

    /// Cuts off the tries under way and puts their deliveries back.
    @Override
    public void close() {
        tries.shutdownNow();
        if (!ended(UNTIL_CLOSED)) {
            LOG.atWarn().log("Tries of webhooks are left under way; they are made again after their claims run out");
        }
    }

    private boolean ended(Duration limit) {
        try {
            return tries.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void makeTry(Claim claim, EndpointLimits.Permit permit) {
        try {
            sendAndRecord(claim, permit);
        } catch (UnreadableSecret e) {
            LOG.atError()
                    .addKeyValue("delivery", claim.delivery())
                    .setCause(e)
                    .log("A webhook cannot be signed; it waits until OFFPEAK_SECRET_KEY is the one that sealed its"
                            + " secret");
            deliveries.putBack(claim, UNTIL_KEY_IS_MENDED, claim.snoozes());
        } catch (InterruptedException stopping) {
            deliveries.putBack(claim, Duration.ZERO, claim.snoozes()); // another worker goes on at once
        } catch (DataAccessException e) {
            LOG.atWarn()
                    .addKeyValue("delivery", claim.delivery())
                    .setCause(e)
                    .log("A try of a webhook could not be recorded; it is made again after its claim runs out");
        } finally {
            held.remove(claim.delivery());
            permit.giveBack();
        }
    }

    private void sendAndRecord(Claim claim, EndpointLimits.Permit permit) throws InterruptedException {
        var headers = headers(claim);
        if (claim.tries() == 0) {
            Metric.WEBHOOK_FIRST_TRY.record(meters, claim.age());
        }
        var started = System.nanoTime();
        var exchange = send(claim, headers);
        Failpoints.reach(Failpoint.DELIVERY_SENT);
        var took = Duration.ofNanos(System.nanoTime() - started);
        permit.learn(exchange.outcome() == TryOutcome.TIMEOUT);
        Metric.WEBHOOK_TRIES.counter(meters, exchange.outcome().wire()).increment();
        var next = schedule.after(claim.tries() + 1, exchange);
        if (record(claim, exchange, took, next)) {
            Failpoints.reach(Failpoint.DELIVERY_RECORDED);
            tell(claim, exchange, next);
        } else {
            LOG.atWarn()
                    .addKeyValue("delivery", claim.delivery())
                    .addKeyValue("fence", claim.fence())
                    .log("Another worker took this webhook over; this try is not recorded");
        }
    }

    /// The receiver has it: what is not written down is sent again, so a database that is away is waited for.
    private boolean record(Claim claim, Exchange exchange, Duration took, Next next) {
        // An interrupted thread cannot talk to the database: its sockets close. So the mark waits until this has ended.
        boolean stopping = Thread.interrupted();
        try {
            for (int tries = 1; ; tries++) {
                try {
                    return deliveries.record(claim, exchange, took, next);
                } catch (DataAccessException away) {
                    if (tries >= MOST_RECORDS || stopping) {
                        throw away;
                    }
                    LOG.atWarn()
                            .addKeyValue("delivery", claim.delivery())
                            .setCause(away)
                            .log("The database did not take a try of a webhook; it is offered again");
                }
                stopping = Thread.interrupted() || isStoppedWithin(BETWEEN_RECORDS.multipliedBy(tries));
            }
        } finally {
            if (stopping) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Pauses; a worker that stops offers a try one more time, and no more.
    private boolean isStoppedWithin(Duration pause) {
        try {
            sleeper.sleep(pause);
            return false;
        } catch (InterruptedException stopping) {
            return true;
        }
    }

    private Map<String, String> headers(Claim claim) {
        var now = clock.instant();
        var id = claim.message().toString();
        return Map.of(
                "webhook-id",
                id,
                "webhook-timestamp",
                Long.toString(now.getEpochSecond()),
                "webhook-signature",
                Signature.header(List.of(secret(claim)), id, now, claim.payload()));
    }

    private SigningSecret secret(Claim claim) {
        var own = claim.sealedSecret();
        return own == null ? tenantSecrets.currentFor(claim.tenant()) : sealed.open(claim.tenant(), own);
    }

    private Exchange send(Claim claim, Map<String, String> headers) throws InterruptedException {
        try {
            return sender.post(claim.url(), headers, claim.payload());
        } catch (RuntimeException e) {
            LOG.atError()
                    .addKeyValue("delivery", claim.delivery())
                    .setCause(e)
                    .log("A webhook could not be sent for a reason of ours; it counts as a try");
            return new Exchange.Broken(TryOutcome.INTERNAL_ERROR);
        }
    }

    /// The more often it was put back, the longer: a long queue before a slow endpoint must not keep workers busy.
    private Duration snooze(int snoozes) {
        var longest = Math.min(LONGEST_SNOOZE.toMillis(), SHORTEST_SNOOZE.toMillis() << Math.min(snoozes, 10));
        return Duration.ofMillis(random.nextLong(longest / 2, longest + 1));
    }

    private static void tell(Claim claim, Exchange exchange, Next next) {
        switch (next) {
            case Next.Delivered _ ->
                LOG.atDebug()
                        .addKeyValue("delivery", claim.delivery())
                        .addKeyValue("tries", claim.tries() + 1)
                        .log("A webhook was delivered");
            case Next.RetryIn(var delay) ->
                LOG.atInfo()
                        .addKeyValue("delivery", claim.delivery())
                        .addKeyValue("tries", claim.tries() + 1)
                        .addKeyValue("outcome", exchange.outcome().wire())
                        .addKeyValue("again_in", delay)
                        .log("A webhook was not taken; it is tried again");
            case Next.Failed _ ->
                LOG.atWarn()
                        .addKeyValue("delivery", claim.delivery())
                        .addKeyValue("message", claim.message())
                        .addKeyValue("tries", claim.tries() + 1)
                        .addKeyValue("outcome", exchange.outcome().wire())
                        .log("A webhook is given up; its job stays as it is");
        }
    }
}
