package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.batches.Conduct.Die;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Provider;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Tells a client that a batch of OpenAI's has ended: an id, signed, and again with growing pauses until the
/// client answers 2xx or three days have passed. A redirect is a failure. After a restart, what was not
/// delivered is told again.
final class Webhooks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
    private static final Duration PATIENCE = Duration.ofHours(72);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final Duration STALE = Duration.ofMinutes(20);
    private static final String OTHER_SECRET = "whsec_bm90LXRoZS1zZWNyZXQtb2YtYW55Ym9keS1oZXJl";

    private final Clock clock;
    private final Consumer<String> done;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final ScheduledThreadPoolExecutor timer;
    private final AtomicLong era = new AtomicLong();

    Webhooks(Clock clock, Consumer<String> done) {
        this.clock = clock;
        this.done = done;
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("simulator-webhooks").factory());
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    private record Message(URI url, String id, String batch, byte[] body, Conduct conduct, Instant endedAt, long era) {}

    void announce(BatchView batch) {
        String url = batch.conduct().text("webhook_url");
        Instant endedAt = batch.endedAt();
        if (batch.provider() != Provider.OPENAI || url == null || endedAt == null) {
            return;
        }
        if (batch.conduct().drawn("webhook_lost_rate", Die.HOOK_LOST)) {
            done.accept(batch.id());
            return;
        }
        String suffix = batch.id().substring(batch.id().indexOf('_') + 1);
        ObjectNode event = Json.object()
                .put("id", "evt_" + suffix)
                .put("object", "event")
                .put("type", "batch." + batch.phase().wire())
                .put("created_at", endedAt.getEpochSecond());
        event.putObject("data").put("id", batch.id());
        var message = new Message(
                URI.create(url), "wh_" + suffix, batch.id(), Json.bytes(event), batch.conduct(), endedAt, era.get());
        Duration delay = batch.conduct().span("webhook_delay_seconds");
        later(delay, message, 0);
        if (batch.conduct().drawn("webhook_duplicate_rate", Die.HOOK_DUPLICATED)) {
            later(delay.plusMillis(50), message, 0);
        }
    }

    /// Whatever is on its way is not sent any more.
    void forget() {
        era.incrementAndGet();
        timer.getQueue().clear();
    }

    @Override
    public void close() {
        timer.shutdownNow();
        http.shutdownNow();
    }

    private void later(Duration delay, Message message, int tries) {
        if (!timer.isShutdown()) {
            var _ = timer.schedule(
                    () -> Thread.ofVirtual().name("simulator-webhook").start(() -> attempt(message, tries)),
                    delay.toNanos(),
                    TimeUnit.NANOSECONDS);
        }
    }

    private void attempt(Message message, int tries) {
        if (message.era() != era.get()) {
            return;
        }
        if (delivered(message)) {
            done.accept(message.batch());
            return;
        }
        if (clock.instant().isAfter(message.endedAt().plus(PATIENCE))) {
            LOG.atWarn()
                    .addKeyValue("batch", message.batch())
                    .addKeyValue("tries", tries + 1)
                    .log("A webhook of the simulator was never taken; it is not sent again");
            done.accept(message.batch());
            return;
        }
        Duration pause = message.conduct().span("webhook_retry_seconds").multipliedBy(1L << Math.min(tries, 12));
        later(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause, message, tries + 1);
    }

    private boolean delivered(Message message) {
        Conduct conduct = message.conduct();
        Instant signedAt = conduct.flag("webhook_stale") ? clock.instant().minus(STALE) : clock.instant();
        long timestamp = signedAt.getEpochSecond();
        HttpRequest request = HttpRequest.newBuilder(message.url())
                .timeout(Duration.ofSeconds(5))
                .header("content-type", "application/json")
                .header("user-agent", "OpenAI-Webhooks/1.0")
                .header("webhook-id", message.id())
                .header("webhook-timestamp", Long.toString(timestamp))
                .header("webhook-signature", signatures(message, timestamp))
                .POST(HttpRequest.BodyPublishers.ofByteArray(message.body()))
                .build();
        try {
            int status =
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            return status >= 200 && status < 300;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String signatures(Message message, long timestamp) {
        Conduct conduct = message.conduct();
        String secret = conduct.text("webhook_secret");
        boolean forged = conduct.drawn("webhook_bad_signature_rate", Die.HOOK_FORGED);
        String signature = sign(message, timestamp, forged ? null : secret);
        return conduct.flag("webhook_two_signatures") ? sign(message, timestamp, null) + " " + signature : signature;
    }

    private static String sign(Message message, long timestamp, @Nullable String secret) {
        return WebhookSignature.of(secret == null ? OTHER_SECRET : secret, message.id(), timestamp, message.body());
    }
}
