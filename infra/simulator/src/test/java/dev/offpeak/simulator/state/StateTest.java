package dev.offpeak.simulator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

class StateTest {
    @TempDir
    Path folder;

    @Test
    void findsEverythingAgainAfterACrash() throws Exception {
        try (var state = new State(folder)) {
            state.behave(Json.object().put("latency_ms", 7));
            state.supply(List.of(new CannedAnswer("q", "a", CannedAnswer.Finish.STOP)));
            state.ran(execution("one", "0.5"));
            state.ran(execution("one", "0.25"));
            state.refused(Endpoint.MESSAGES);
            Path crashed = copyOf(folder);

            try (var revived = new State(crashed)) {
                assertThat(revived.behaviour().latencyMs()).isEqualTo(7);
                assertThat(revived.answerTo(PromptHash.of("q"))).isNotNull();
                assertThat(stats(revived)).isEqualTo(stats(state));
                assertThat(stats(revived).path("executions").path("repeated").asInt())
                        .isOne();
                assertThat(stats(revived).path("billed_usd").stringValue()).isEqualTo("0.75");
                assertThat(executions(revived, 0, 10)).hasSize(2);
            }
        }
    }

    @Test
    void cutsOffATornLastLine() throws Exception {
        try (var state = new State(folder)) {
            state.ran(execution("one", "1"));
        }
        Files.writeString(folder.resolve("journal.ndjson"), "{\"kind\":\"exec", StandardOpenOption.APPEND);

        try (var state = new State(folder)) {
            assertThat(stats(state).path("executions").path("total").asInt()).isOne();
            state.ran(execution("two", "1"));
        }
        try (var state = new State(folder)) {
            assertThat(stats(state).path("executions").path("total").asInt()).isEqualTo(2);
        }
    }

    @Test
    void pagesThroughExecutions() throws Exception {
        try (var state = new State(folder)) {
            for (int i = 1; i <= 2_500; i++) {
                state.ran(execution("p" + i, "1"));
            }

            List<String> page = executions(state, 1_999, 3);

            assertThat(page).hasSize(3);
            assertThat(page.getFirst()).contains("\"seq\":2000,");
            assertThat(executions(state, 0, Long.MAX_VALUE)).hasSize(2_500);
            assertThat(executions(state, 2_500, 10)).isEmpty();
        }
    }

    @Test
    void compactsARestartAfterManyRefusals() throws Exception {
        try (var state = new State(folder)) {
            state.ran(execution("one", "1"));
            for (int i = 0; i < 10_001; i++) {
                state.refused(Endpoint.RESPONSES);
            }
            state.ran(execution("two", "1"));
        }
        long before = Files.size(folder.resolve("journal.ndjson"));

        try (var state = new State(folder)) {
            assertThat(stats(state).path("calls").path("responses").asInt()).isEqualTo(10_001);
            assertThat(Files.size(folder.resolve("journal.ndjson"))).isLessThan(before / 10);
            assertThat(executions(state, 1, 10)).hasSize(1);
        }
        try (var state = new State(folder)) {
            assertThat(stats(state).path("calls").path("responses").asInt()).isEqualTo(10_001);
            assertThat(stats(state).path("executions").path("total").asInt()).isEqualTo(2);
        }
    }

    @Test
    void keepsNotesThroughACrashAndACompaction() throws Exception {
        try (var state = new State(folder)) {
            state.note(Json.object().put("batch", "b1"), Endpoint.BATCHES_CREATED);
            for (int i = 0; i < 10_001; i++) {
                state.refused(Endpoint.RESPONSES);
            }
            state.note(Json.object().put("batch", "b2"), null);
        }

        for (int start = 0; start < 2; start++) {
            try (var state = new State(folder)) {
                assertThat(state.takeNotes())
                        .extracting(note -> note.path("batch").stringValue())
                        .containsExactly("b1", "b2");
                assertThat(state.takeNotes()).isEmpty();
                assertThat(stats(state).path("calls").path("batches_created").asInt())
                        .isOne();
            }
        }
    }

    @Test
    void writesSeveralExecutionsAsOne() throws Exception {
        try (var state = new State(folder)) {
            state.ran(execution("one", "1"));
            state.ran(List.of(batched("b1", "two", "0.5"), batched("b1", "three", "0.25")));
            state.ran(List.of());
        }

        try (var state = new State(folder)) {
            assertThat(state.billOf("b1")).isEqualTo(new State.Bill(2, new BigDecimal("0.75")));
            assertThat(state.billOf("b2")).isEqualTo(State.Bill.NONE);
            assertThat(executions(state, 1, 10)).hasSize(2).first().asString().contains("\"seq\":2,");
        }
    }

    @Test
    void forgetsOnResetWhatItIsNotToldToKeep() throws Exception {
        try (var state = new State(folder)) {
            state.behave(Json.object().put("latency_ms", 7));
            state.supply(List.of(new CannedAnswer("q", "a", CannedAnswer.Finish.STOP)));
            state.ran(execution("one", "1"));

            state.reset(EnumSet.of(State.Keep.ANSWERS));

            assertThat(state.behaviour().latencyMs()).isZero();
            assertThat(state.answerTo(PromptHash.of("q"))).isNotNull();
            assertThat(state.allCalls()).isZero();
            assertThat(executions(state, 0, 10)).isEmpty();
        }
        try (var state = new State(folder)) {
            assertThat(state.behaviour().latencyMs()).isZero();
            assertThat(state.answerTo(PromptHash.of("q"))).isNotNull();
            assertThat(state.allCalls()).isZero();
        }
    }

    @Test
    void countsEmbeddingsAsBilledButNotAsExecutions() throws Exception {
        try (var state = new State(folder)) {
            state.ran(new Execution(
                    Instant.EPOCH,
                    Endpoint.EMBEDDINGS,
                    "openai",
                    "text-embedding-3-small",
                    "req_1",
                    null,
                    null,
                    null,
                    PromptHash.of("one"),
                    new Usage(5, 0, 0, 0, 0),
                    new BigDecimal("0.1"),
                    Execution.Outcome.ANSWERED));

            assertThat(stats(state).path("executions").path("total").asInt()).isZero();
            assertThat(stats(state).path("billed_usd").stringValue()).isEqualTo("0.1");
            assertThat(executions(state, 0, 10)).isEmpty();
        }
    }

    @Test
    void refusesAFolderInUse() throws Exception {
        try (var state = new State(folder)) {
            assertThat(state.allCalls()).isZero();
            assertThatThrownBy(() -> new State(folder))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another simulator");
        }
    }

    private static Execution execution(String prompt, String usd) {
        return new Execution(
                Instant.EPOCH,
                Endpoint.CHAT_COMPLETIONS,
                "openai",
                "gpt-4o",
                "req_1",
                "call_1",
                null,
                null,
                PromptHash.of(prompt),
                new Usage(10, 0, 0, 0, 5),
                new BigDecimal(usd),
                Execution.Outcome.ANSWERED);
    }

    private static Execution batched(String batch, String prompt, String usd) {
        return new Execution(
                Instant.EPOCH,
                Endpoint.CHAT_COMPLETIONS,
                "openai",
                "gpt-4o",
                "req_1",
                null,
                batch,
                "c1",
                PromptHash.of(prompt),
                new Usage(10, 0, 0, 0, 5),
                new BigDecimal(usd),
                Execution.Outcome.ANSWERED);
    }

    private static JsonNode stats(State state) {
        var out = new ByteArrayOutputStream();
        try (JsonGenerator json = Json.mapper().createGenerator(out)) {
            state.writeStats(json, true);
        }
        return Json.parse(out.toByteArray());
    }

    private static List<String> executions(State state, long after, long limit) throws IOException {
        var out = new ByteArrayOutputStream();
        state.writeExecutions(after, limit, Set.of("execution"), out);
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static Path copyOf(Path folder) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("copy"));
        Files.copy(folder.resolve("journal.ndjson"), copy.resolve("journal.ndjson"));
        return copy;
    }
}
