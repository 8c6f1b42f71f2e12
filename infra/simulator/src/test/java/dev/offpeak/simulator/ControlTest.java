package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ControlTest {
    private static final String CHAT = "/v1/chat/completions";

    private RunningSimulator simulator;

    @BeforeEach
    void reset() {
        simulator = RunningSimulator.fresh();
    }

    @Test
    void showsStatsInTheShapeOfTheContract() {
        assertThat(simulator.stats()).isEqualTo(RunningSimulator.json("""
                {"calls":{"chat_completions":0,"responses":0,"embeddings":0,"messages":0,"files":0,"batches_created":0},
                 "executions":{"total":0,"by_prompt":{},"repeated":0},"tokens":{},"billed_usd":"0","unpriced":0}
                """));

        chat("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");

        JsonNode stats = simulator.stats();
        assertThat(stats.path("executions")
                        .path("by_prompt")
                        .path("8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4")
                        .asInt())
                .isOne();
        assertThat(stats.path("tokens").path("gpt-4o-mini").propertyNames())
                .containsExactly(
                        "input",
                        "cached_input",
                        "cache_write_5m",
                        "cache_write_1h",
                        "output",
                        "batch_input",
                        "batch_cached_input",
                        "batch_cache_write_5m",
                        "batch_cache_write_1h",
                        "batch_output");
    }

    @Test
    void takesAllAnswersOrNone() {
        HttpResponse<String> bad = simulator.send(
                "PUT", "/_sim/answers", "{\"prompt\":\"a\",\"answer\":\"A\"}\n{\"prompt\":\"b\",\"reply\":\"B\"}\n");
        HttpResponse<String> good = simulator.send(
                "PUT", "/_sim/answers", "{\"prompt\":\"a\",\"answer\":\"A\"}\n\n{\"prompt\":\"b\",\"answer\":\"B\"}");

        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(bad.body()).contains("Line 2").contains("reply");
        assertThat(good.body()).isEqualTo("{\"received\":2,\"total\":2}");
        assertThat(simulator.send("DELETE", "/_sim/answers", "").statusCode()).isEqualTo(204);
    }

    @Test
    void refusesUnknownBehaviourByName() {
        HttpResponse<String> answer = simulator.send("PUT", "/_sim/behaviour", "{\"latency\":5}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningSimulator.json(answer.body())
                        .path("error")
                        .path("param")
                        .stringValue())
                .isEqualTo("latency");
        assertThat(simulator.send("PUT", "/_sim/behaviour", "nonsense").statusCode())
                .isEqualTo(400);
    }

    @Test
    void listsAnExecutionWithBothRequestIds() {
        HttpResponse<String> answer = simulator.send(
                "POST",
                CHAT,
                "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
                "Authorization",
                "Bearer k",
                "X-Client-Request-Id",
                "call_7");

        JsonNode line = RunningSimulator.json(
                simulator.send("GET", "/_sim/executions?limit=5", "").body());
        assertThat(line.path("request_id").stringValue())
                .isEqualTo(answer.headers().firstValue("x-request-id").orElseThrow());
        assertThat(line.path("client_request_id").stringValue()).isEqualTo("call_7");
        assertThat(line.path("outcome").stringValue()).isEqualTo("answered");
        assertThat(simulator.send("GET", "/_sim/executions?after=1", "").body()).isEmpty();
        assertThat(simulator.send("GET", "/_sim/executions?after=x", "").statusCode())
                .isEqualTo(400);
    }

    @Test
    void runsAnUnpricedModelAndSaysSo() {
        chat("{\"model\":\"gpt-6.1-sol\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");

        assertThat(simulator.stats().path("unpriced").asInt()).isOne();
        assertThat(simulator.stats().path("billed_usd").stringValue()).isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {                                                                       | 400 | could not parse
            []                                                                      | 400 | could not parse
            {"messages":[]}                                                         | 400 | you must provide a model
            {"model":"gpt-4o"}                                                      | 400 | Missing required parameter: 'messages'
            {"model":"gpt-4o","messages":"hi"}                                      | 400 | expected an array of objects
            {"model":"gpt-4o","messages":[]}                                        | 400 | empty array
            {"model":"gpt-4o","messages":[{"content":"x"}]}                         | 400 | messages[0].role
            {"model":"gpt-4o","messages":[{"role":"boss","content":"x"}]}           | 400 | Supported values are
            {"model":"gpt-4o","messages":[{"role":"user","content":5}]}             | 400 | messages[0].content
            {"model":"gpt-4o","messages":[{"role":"user","content":"x"}],"foo":1}   | 400 | Unrecognized request argument supplied: foo
            {"model":"gpt-4o","messages":[{"role":"user","content":"x"}],"n":0}     | 400 | below minimum
            {"model":"gpt-4o","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}} | 400 | must contain the word 'json'
            {"model":"text-embedding-3-small","messages":[{"role":"user","content":"x"}]} | 403 | not allowed to sample
            """)
    void findsFaultTheWayOpenAiDoes(String body, int status, String message) {
        HttpResponse<String> answer = chat(body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(RunningSimulator.json(answer.body())
                        .path("error")
                        .path("message")
                        .stringValue())
                .contains(message);
        assertThat(simulator.executions()).isZero();
    }

    @Test
    void answersUnknownRoutesInTheProvidersShapes() {
        HttpResponse<String> openAi = simulator.send("GET", "/v1/nothing", "");
        HttpResponse<String> anthropic = simulator.send("GET", "/anthropic/v1/nothing", "");
        HttpResponse<String> method = simulator.send("GET", CHAT, "");

        assertThat(openAi.statusCode()).isEqualTo(404);
        assertThat(openAi.body()).contains("Invalid URL (GET /v1/nothing)");
        assertThat(anthropic.statusCode()).isEqualTo(404);
        assertThat(anthropic.body()).contains("not_found_error").contains("request_id");
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("Allow")).hasValue("POST");
    }

    private HttpResponse<String> chat(String body) {
        return simulator.send("POST", CHAT, body, "Authorization", "Bearer k");
    }
}
