package dev.offpeak.worker.providers.openai;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import dev.offpeak.shared.providers.BatchCreation;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchInput;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.RemoteBatch.Status;
import dev.offpeak.shared.providers.ResponseFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// What the adapter and any server that speaks OpenAI's Files and Batches have in common, against one that
/// we did not write: `-Doffpeak.peer.openai=http://127.0.0.1:4141/v1`, and `-Doffpeak.peer.key=` where it
/// wants one.
///
/// How a batch ends can be asked of some such servers with a header of their own:
/// `-Doffpeak.peer.outcome-header=X-AIMock-Batch-Outcome`. Without one only batches that complete are
/// shown.
@EnabledIfSystemProperty(named = "offpeak.peer.openai", matches = "http.*")
class OpenAiPeerTest {

    private static final String MODEL = System.getProperty("offpeak.peer.model", "gpt-4o-mini");
    private static final int LINES = 3;
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Duration BETWEEN_POLLS = Duration.ofMillis(200);

    @TempDir
    private Path folder;

    private final String name = "pb_" + UUID.randomUUID();

    @Test
    void uploadsCreatesPollsAndReadsResults() throws Exception {
        BatchProvider provider = provider("completed");
        Instant before = clock().instant();

        String file = done(provider.upload(input(provider)));
        assertThat(done(provider.uploaded(name + ".jsonl"))).contains(file);
        RemoteBatch created = done(provider.create(creation(provider, file)));
        RemoteBatch ended = poll(provider, created.id());
        var read = new ArrayList<LineResult>();
        int lines = done(provider.results(ended, read::add));

        assertThat(ended.status()).isEqualTo(Status.COMPLETED);
        assertThat(ended.inputFileId()).isEqualTo(file);
        assertThat(lines).isEqualTo(LINES);
        assertThat(read)
                .allSatisfy(line -> assertThat(line).isInstanceOf(LineResult.Answered.class))
                .extracting(LineResult::customId)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, LINES).mapToObj(i -> name + "-" + i).toList());
        assertThat(done(provider.createdSince(before.minusSeconds(5))).stream()
                        .map(RemoteBatch::id)
                        .collect(toSet()))
                .contains(created.id());
        assertThat(done(provider.deleteInput(file))).isTrue();
    }

    @Test
    void cancels() throws Exception {
        BatchProvider provider = provider("completed");
        RemoteBatch created = done(provider.create(creation(provider, done(provider.upload(input(provider))))));

        RemoteBatch told = done(provider.cancel(created.id())).orElseThrow();
        assertThat(told.status()).isIn(Status.CANCELLING, Status.CANCELLED);

        RemoteBatch ended = poll(provider, created.id());
        assertThat(ended.status()).isEqualTo(Status.CANCELLED);
        done(provider.results(ended, _ -> {}));
    }

    @Test
    @EnabledIfSystemProperty(named = "offpeak.peer.outcome-header", matches = ".+")
    void bearsABatchThatExpires() throws Exception {
        BatchProvider provider = provider("expired");
        RemoteBatch created = done(provider.create(creation(provider, done(provider.upload(input(provider))))));

        RemoteBatch ended = poll(provider, created.id());

        assertThat(ended.status()).isEqualTo(Status.EXPIRED);
        done(provider.results(ended, _ -> {}));
    }

    @Test
    @EnabledIfSystemProperty(named = "offpeak.peer.outcome-header", matches = ".+")
    void bearsABatchThatIsRefusedAsAWhole() throws Exception {
        BatchProvider provider = provider("failed");
        RemoteBatch created = done(provider.create(creation(provider, done(provider.upload(input(provider))))));

        assertThat(poll(provider, created.id()).status()).isEqualTo(Status.FAILED);
    }

    @Test
    void findsNothingUnderAnIdThatNobodyGave() throws Exception {
        assertThat(done(provider("completed").find("batch_nobody"))).isEmpty();
        assertThat(done(provider("completed").cancel("batch_nobody"))).isEmpty();
    }

    private static RemoteBatch poll(BatchProvider provider, String id) {
        return await().atMost(LONGEST)
                .pollInterval(BETWEEN_POLLS)
                .until(
                        () -> done(provider.find(id)).orElseThrow(),
                        batch -> batch.status().ended());
    }

    private BatchCreation creation(BatchProvider provider, String file) throws IOException {
        return new BatchCreation(input(provider), file, OpenAiBatches.ENDPOINT, Map.of("offpeak_batch", name));
    }

    private BatchInput input(BatchProvider provider) throws IOException {
        Path file = folder.resolve("input");
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < LINES; i++) {
                provider.writeLine(
                        new BatchLine(
                                name + "-" + i,
                                MODEL,
                                List.of(new ChatMessage(ChatMessage.Role.USER, "Say hello, no. " + i)),
                                64,
                                null,
                                new ResponseFormat.Text(),
                                0),
                        i == 0,
                        out);
            }
        }
        return new BatchInput(file, name + ".jsonl", LINES);
    }

    private static BatchProvider provider(String outcome) {
        var settings = new ProviderSettings(
                new ProviderSettings.Account(
                        System.getProperty("offpeak.peer.key", "peer"),
                        URI.create(System.getProperty("offpeak.peer.openai"))),
                new ProviderSettings.Account(null, null),
                null,
                Duration.ofSeconds(60),
                Duration.ofSeconds(5));
        String header = System.getProperty("offpeak.peer.outcome-header", "");
        Clock clock = clock();
        OpenAIClient client = OpenAiConfiguration.client(OpenAiConfiguration.address(settings), settings, clock);
        return OpenAiConfiguration.batches(
                header.isEmpty() ? client : client.withOptions(options -> options.putHeader(header, outcome)),
                settings,
                clock);
    }

    @SuppressWarnings("TimeZoneUsage") // because the other server has no other
    private static Clock clock() {
        return Clock.systemUTC();
    }

    private static <T> T done(BatchExchange<T> exchange) {
        return switch (exchange) {
            case BatchExchange.Done<T>(T value) -> value;
            case BatchExchange.Failed<T>(ProviderError error) -> throw new AssertionError(error.toString());
        };
    }
}
