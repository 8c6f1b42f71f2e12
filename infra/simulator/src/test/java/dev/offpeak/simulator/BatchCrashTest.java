package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class BatchCrashTest {
    private static final int LINES = 3_000;

    @TempDir
    Path folder;

    @Test
    void runsEachLineOnceThoughItIsKilledAgainAndAgain() throws Exception {
        String openAi;
        String anthropic;
        String file;
        try (var simulator = new ForkedSimulator(folder, "-Xmx192m")) {
            simulator.send(
                    "PUT",
                    "/_sim/behaviour",
                    BodyPublishers.ofString(
                            "{\"batch\":{\"seconds_to_complete\":6,\"line_lost_rate\":0.05,\"line_error_rate\":0.05}}"));
            file = simulator.created(upload(simulator));
            openAi = simulator.created(
                    simulator.send("POST", "/v1/batches", BodyPublishers.ofString("""
                    {"input_file_id":"%s","endpoint":"/v1/chat/completions","completion_window":"24h"}
                    """.formatted(file))));
            anthropic = simulator.created(
                    simulator.send("POST", "/anthropic/v1/messages/batches", BodyPublishers.ofString(messages())));
            awaitMoreExecutions(simulator, 0);
        }
        for (int kill = 1; kill <= 2; kill++) {
            try (var simulator = new ForkedSimulator(folder, "-Xmx192m")) {
                long before = executions(simulator);
                assertThat(before).isGreaterThanOrEqualTo(300);
                awaitMoreExecutions(simulator, before);
            }
        }

        try (var simulator = new ForkedSimulator(folder, "-Xmx192m")) {
            awaitStatus(simulator, openAi, "completed");
            awaitStatus(simulator, anthropic, "completed");

            List<JsonNode> executions = simulator.lines("/_sim/executions");
            assertThat(executions)
                    .extracting(one -> one.path("batch_id").stringValue() + one.path("custom_id"))
                    .doesNotHaveDuplicates();
            JsonNode batch = simulator.json("/v1/batches/" + openAi);
            List<JsonNode> output = content(simulator, batch, "output_file_id");
            List<JsonNode> errors = content(simulator, batch, "error_file_id");
            JsonNode known = known(simulator, openAi);
            assertThat(output).hasSize(known.path("executed").asInt());
            assertThat(output.size()
                            + errors.size()
                            + known.path("counts").path("lost").asInt())
                    .isEqualTo(LINES);
            List<JsonNode> results = simulator.lines("/anthropic/v1/messages/batches/" + anthropic + "/results");
            JsonNode other = known(simulator, anthropic);
            assertThat(results.size() + other.path("counts").path("lost").asInt())
                    .isEqualTo(LINES);
            assertThat(executions)
                    .hasSize(known.path("executed").asInt()
                            + other.path("executed").asInt());
            JsonNode stats = simulator.json("/_sim/stats?by_prompt=false");
            assertThat(new BigDecimal(stats.path("billed_usd").stringValue()))
                    .isEqualByComparingTo(usd(known).add(usd(other)));
            assertThat(stats.path("calls").path("batches_created").asInt()).isEqualTo(2);
            assertThat(stats.path("calls").path("files").asInt()).isOne();
            assertThat(simulator.get("/v1/files/" + file + "/content")).hasLineCount(LINES);
        }
    }

    @Test
    void givesTheJournalWhatItLacksOfTheLog() throws Exception {
        String id;
        try (var simulator = new ForkedSimulator(folder, "-Xmx192m")) {
            simulator.send("PUT", "/_sim/behaviour", BodyPublishers.ofString("""
                    {"batch":{"seconds_to_complete":0,"stall":true,"stall_in":"finalizing"}}"""));
            String file = simulator.created(upload(simulator));
            id = simulator.created(simulator.send("POST", "/v1/batches", BodyPublishers.ofString("""
                    {"input_file_id":"%s","endpoint":"/v1/chat/completions","completion_window":"24h"}
                    """.formatted(file))));
            awaitStatus(simulator, id, "finalizing");
        }
        Path journal = folder.resolve("simulator/journal.ndjson");
        List<String> lines = Files.readAllLines(journal);
        lines.removeIf(line -> line.startsWith("{\"kind\":\"execution\"")
                && RunningSimulator.json(line).path("seq").asLong() > LINES - 7);
        Files.write(journal, lines);

        try (var simulator = new ForkedSimulator(folder, "-Xmx192m")) {
            assertThat(executions(simulator)).isEqualTo(LINES - 7);
            simulator.send("PUT", "/_sim/behaviour", BodyPublishers.ofString("{\"batch\":{\"stall\":false}}"));
            awaitStatus(simulator, id, "completed");

            List<JsonNode> executions = simulator.lines("/_sim/executions");
            assertThat(executions).hasSize(LINES);
            assertThat(executions)
                    .extracting(one -> one.path("custom_id").stringValue())
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void releasesWhatStalledAndForgetsADraftThatNeverBecameABatch() throws Exception {
        String id;
        try (var simulator = new ForkedSimulator(folder, "-Xmx192m")) {
            simulator.send(
                    "PUT",
                    "/_sim/behaviour",
                    BodyPublishers.ofString("{\"batch\":{\"seconds_to_complete\":0,\"stall\":true}}"));
            String file = simulator.created(upload(simulator));
            id = simulator.created(simulator.send("POST", "/v1/batches", BodyPublishers.ofString("""
                    {"input_file_id":"%s","endpoint":"/v1/chat/completions","completion_window":"24h"}
                    """.formatted(file))));
            awaitStatus(simulator, id, "in_progress");
        }
        Files.createDirectories(folder.resolve("simulator/batches/batch_draft"));
        Files.writeString(folder.resolve("simulator/files/file-draft.part"), "half");

        try (var simulator = new ForkedSimulator(folder, "-Xmx192m")) {
            assertThat(simulator.json("/v1/batches/" + id).path("status").stringValue())
                    .isEqualTo("in_progress");
            assertThat(folder.resolve("simulator/batches/batch_draft")).doesNotExist();
            assertThat(folder.resolve("simulator/files/file-draft.part")).doesNotExist();
            simulator.send("PUT", "/_sim/behaviour", BodyPublishers.ofString("{\"batch\":{\"stall\":false}}"));
            awaitStatus(simulator, id, "completed");
            assertThat(executions(simulator)).isEqualTo(LINES);
        }
    }

    private static HttpResponse<String> upload(ForkedSimulator simulator) {
        return simulator.send(
                "POST",
                "/v1/files",
                BodyPublishers.ofString("--b\r\nContent-Disposition: form-data; name=purpose\r\n\r\nbatch\r\n--b\r\n"
                        + "Content-Disposition: form-data; name=file; filename=a.jsonl\r\n\r\n"
                        + OpenAiBatchWire.chats(LINES) + "\r\n--b--\r\n"),
                "Content-Type",
                "multipart/form-data; boundary=b");
    }

    private static String messages() {
        List<String> requests = new ArrayList<>();
        for (int i = 0; i < LINES; i++) {
            requests.add("{\"custom_id\":\"m" + i + "\",\"params\":{\"model\":\"claude-haiku-4-5\",\"max_tokens\":50,"
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"Item " + i + "\"}]}}");
        }
        return "{\"requests\":[" + String.join(",", requests) + "]}";
    }

    private static List<JsonNode> content(ForkedSimulator simulator, JsonNode batch, String field) {
        return simulator.lines("/v1/files/" + batch.path(field).stringValue() + "/content");
    }

    private static JsonNode known(ForkedSimulator simulator, String id) {
        return simulator.lines("/_sim/batches").stream()
                .filter(batch -> batch.path("id").stringValue().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static BigDecimal usd(JsonNode known) {
        return new BigDecimal(known.path("billed_usd").stringValue());
    }

    private static void awaitStatus(ForkedSimulator simulator, String id, String status) {
        Awaitility.await()
                .until(() -> known(simulator, id).path("status").stringValue().equals(status));
    }

    /// Or until there are no more: where the machine starts processes slowly, all lines are due at once.
    private static void awaitMoreExecutions(ForkedSimulator simulator, long before) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(20))
                .until(() -> executions(simulator) >= before + 300
                        || simulator.lines("/_sim/batches").stream()
                                .allMatch(batch ->
                                        batch.path("status").stringValue().equals("completed")));
    }

    private static long executions(ForkedSimulator simulator) {
        return simulator
                .json("/_sim/stats?by_prompt=false")
                .path("executions")
                .path("total")
                .asLong();
    }
}
