package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is large never is in memory as a whole.
class BigBatchTest {
    private static final int LINES = 40_000;
    private static final String FILLER = "lorem ipsum dolor ".repeat(200);

    @TempDir
    Path folder;

    @Test
    void takesFilesAndBodiesOfManyTimesItsHeap() throws Exception {
        try (var simulator = new ForkedSimulator(folder, "-Xmx64m")) {
            // The vocabularies alone would fill such a heap, so nothing runs here: batches stall.
            simulator.send("PUT", "/_sim/behaviour", BodyPublishers.ofString("{\"batch\":{\"stall\":true}}"));

            HttpResponse<String> upload = simulator.send(
                    "POST",
                    "/v1/files",
                    body(
                            "--b\r\nContent-Disposition: form-data; name=purpose\r\n\r\nbatch\r\n--b\r\n"
                                    + "Content-Disposition: form-data; name=file; filename=a.jsonl\r\n\r\n",
                            "{\"custom_id\":\"r%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":"
                                    + "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\""
                                    + FILLER
                                    + "\"}]}}\n",
                            "\r\n--b--\r\n"),
                    "Content-Type",
                    "multipart/form-data; boundary=b");
            String batch = simulator.created(simulator.send(
                    "POST", "/v1/batches", BodyPublishers.ofString("""
                    {"input_file_id":"%s","endpoint":"/v1/chat/completions","completion_window":"24h"}
                    """.formatted(simulator.created(upload)))));
            HttpResponse<String> messages = simulator.send(
                    "POST",
                    "/anthropic/v1/messages/batches",
                    body(
                            "{\"requests\":[",
                            "{\"custom_id\":\"r%d\",\"params\":{\"model\":\"claude-haiku-4-5\",\"max_tokens\":5,\"messages\":"
                                    + "[{\"role\":\"user\",\"content\":\"" + FILLER + "\"}]}},",
                            "{\"custom_id\":\"last\",\"params\":{}}]}"));

            assertThat(RunningSimulator.json(upload.body()).path("bytes").asLong())
                    .isGreaterThan(140_000_000);
            assertThat(messages.statusCode()).as(messages.body()).isEqualTo(200);
            assertThat(RunningSimulator.json(messages.body())
                            .path("request_counts")
                            .path("processing")
                            .asInt())
                    .isEqualTo(LINES + 1);
            Awaitility.await()
                    .until(() -> simulator
                            .json("/v1/batches/" + batch)
                            .path("status")
                            .stringValue()
                            .equals("in_progress"));
            assertThat(simulator
                            .json("/v1/batches/" + batch)
                            .path("request_counts")
                            .path("total")
                            .asInt())
                    .isEqualTo(LINES);
            assertThat(simulator.alive()).isTrue();
        }
    }

    private static BodyPublisher body(String before, String line, String after) {
        return BodyPublishers.ofInputStream(() -> {
            var lines = IntStream.range(0, LINES)
                    .mapToObj(i -> stream(line.replace("%d", Integer.toString(i))))
                    .iterator();
            var all = new Enumeration<InputStream>() {
                @Override
                public boolean hasMoreElements() {
                    return lines.hasNext();
                }

                @Override
                public InputStream nextElement() {
                    return lines.next();
                }
            };
            return new SequenceInputStream(
                    stream(before), new SequenceInputStream(new SequenceInputStream(all), stream(after)));
        });
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
