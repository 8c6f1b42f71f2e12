package dev.offpeak.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.offpeak.shared.batches.BatchStore;
import dev.offpeak.shared.batches.BatchView;
import dev.offpeak.shared.batches.NewBatch;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.NumberedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.BulkLine;
import dev.offpeak.shared.jobs.BulkRows;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.JobType;
import dev.offpeak.shared.jobs.LineEstimate;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.workflows.Tier;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// What a bulk with a limit sends where the provider bills lines and gives no answer that can be read: through a whole
/// worker.
class BulkLimitIT {

    /// A little more than what the provider bills of a line that nobody can read.
    private static final Usd ESTIMATE = Usd.of("0.00004");

    private static final Pattern CUSTOM_ID = Pattern.compile("\"custom_id\":\"([^\"]+)\"");

    private final HttpServer server = provider();
    private final Map<String, List<String>> files = new ConcurrentHashMap<>();
    private final AtomicInteger sent = new AtomicInteger();
    private final RunningWorker worker = RunningWorker.before(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1"),
            "--offpeak.feeder.own-from=1",
            "--offpeak.feeder.pause=200ms",
            "--offpeak.lanes.batch.first-poll=200ms");
    private final BatchStore batches = worker.context.getBean(BatchStore.class);
    private final IdGenerator ids = worker.context.getBean(IdGenerator.class);
    private final TransactionTemplate transaction =
            new TransactionTemplate(worker.context.getBean(PlatformTransactionManager.class));

    @AfterEach
    void stop() {
        worker.close();
        server.stop(0);
    }

    @Test
    void aLineThatGoesAgainCountsAgainstTheLimitAsAtFirst() {
        Usd most = Usd.of("0.00015");
        BatchId batch = accept(newBatch(3, most));

        BatchView ended = await().atMost(Duration.ofSeconds(60))
                .until(() -> nextLook(batch), found -> found.finishedAt() != null);

        assertThat(ended.stopped()).isEqualTo("max_cost_exceeded");
        assertThat(sent)
                .as("all three, and of those that go again as many as are sure to fit")
                .hasValue(4);
        assertThat(all("SELECT sum(billed_usd) <= 0.00015 FROM ledger_entry WHERE batch_id = ?", batch))
                .containsExactly("t");
        assertThat(all("SELECT error_code FROM job WHERE batch_id = ?", batch))
                .hasSize(3)
                .containsOnly("max_cost_exceeded");
        assertThat(all("SELECT held_until::text FROM job WHERE batch_id = ? AND status = 'batched'", batch))
                .isEmpty();
    }

    /// Nobody has to sit out the pauses of lines that go again.
    private BatchView nextLook(BatchId batch) {
        worker.jdbc
                .sql("UPDATE job SET held_until = now() WHERE batch_id = ? AND held_until > now()")
                .param(batch.value())
                .update();
        return view(batch);
    }

    private NewBatch newBatch(int lines, Usd most) {
        Instant now = batches.now();
        return new NewBatch(
                new BatchId(ids.next()),
                worker.tenant(),
                "classify",
                1,
                lines,
                0,
                ESTIMATE.plus(ESTIMATE).plus(ESTIMATE),
                most,
                null,
                false,
                Map.of(),
                now,
                now.plus(Duration.ofDays(1)));
    }

    private BatchId accept(NewBatch batch) {
        var numbers = new NumberedIds(ids.next());
        var jobRows = new ByteArrayOutputStream();
        var inputRows = new ByteArrayOutputStream();
        var rows = new BulkRows(batch.id(), batch.createdAt(), batch.deadline(), jobRows, inputRows);
        try {
            for (int i = 0; i < batch.total(); i++) {
                rows.write(new BulkLine(
                        job(new JobId(numbers.of(i)), batch),
                        "line-" + i,
                        new LineEstimate(50, 100, 500, ESTIMATE, ESTIMATE.plus(ESTIMATE))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        transaction.executeWithoutResult(_ ->
                batches.accept(batch, new BatchStore.Rows(in(jobRows), in(inputRows), InputStream.nullInputStream())));
        return batch.id();
    }

    private static InputStream in(ByteArrayOutputStream rows) {
        return new ByteArrayInputStream(rows.toByteArray());
    }

    private JobSubmission job(JobId id, NewBatch batch) {
        return new JobSubmission(
                id,
                batch.tenant(),
                JobType.GENERATION,
                "classify",
                1,
                Tier.FAST,
                new GenerationRequest(
                        List.of(new ChatMessage(ChatMessage.Role.USER, "bulk.")),
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
                new Deadline.At(batch.deadline()),
                true,
                null,
                List.of(),
                Map.of());
    }

    private BatchView view(BatchId batch) {
        return batches.find(worker.tenant(), batch).orElseThrow();
    }

    private List<String> all(String sql, BatchId batch) {
        return worker.jdbc
                .sql(sql)
                .param(batch.value())
                .query((row, _) -> row.getString(1))
                .list();
    }

    /// Speaks OpenAI's batch protocol: every batch has run at once, and none of its answers is one.
    private HttpServer provider() {
        try {
            var made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            made.createContext("/v1/files", this::files);
            made.createContext("/v1/batches", this::batches);
            made.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            made.start();
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void files(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.endsWith("/content")) {
            answer(exchange, output(path.substring("/v1/files/out-".length(), path.lastIndexOf('/'))));
        } else if ("POST".equals(exchange.getRequestMethod())) {
            List<String> lines = CUSTOM_ID
                    .matcher(new String(exchange.getRequestBody().readAllBytes(), UTF_8))
                    .results()
                    .map(found -> found.group(1))
                    .toList();
            String file = "file-" + (files.size() + 1);
            files.put(file, lines);
            answer(exchange, "{\"id\":\"" + file + "\",\"object\":\"file\"}");
        } else {
            answer(exchange, path.endsWith("/files") ? NOTHING : "{\"id\":\"file\",\"deleted\":true}");
        }
    }

    private static final String NOTHING = "{\"object\":\"list\",\"data\":[],\"has_more\":false}";

    private List<String> lines(String file) {
        return requireNonNull(files.get(file));
    }

    private String output(String file) {
        return lines(file).stream()
                .map(id ->
                        "{\"custom_id\":\"" + id + "\",\"response\":{\"status_code\":200,\"body\":{\"id\":\"c\"}}}\n")
                .collect(Collectors.joining());
    }

    private void batches(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        boolean all = path.endsWith("/batches");
        if (all && "GET".equals(exchange.getRequestMethod())) {
            answer(exchange, NOTHING);
        } else if (all) {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            var input = Pattern.compile("\"input_file_id\":\"([^\"]+)\"").matcher(body);
            assertThat(input.find()).isTrue();
            sent.addAndGet(lines(input.group(1)).size());
            answer(exchange, batch(input.group(1), "in_progress"));
        } else {
            answer(exchange, batch(path.substring("/v1/batches/batch-".length()), "completed"));
        }
    }

    private String batch(String file, String status) {
        int lines = lines(file).size();
        return """
                {"id":"batch-%1$s","object":"batch","endpoint":"/v1/chat/completions","status":"%2$s","created_at":1790000000,\
                "input_file_id":"%1$s","completion_window":"24h","output_file_id":"out-%1$s",\
                "request_counts":{"total":%3$d,"completed":%3$d,"failed":0}}""".formatted(file, status, lines);
    }

    private static void answer(HttpExchange exchange, String body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }
}
