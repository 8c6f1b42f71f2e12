package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningApi
class WorkflowsIT {

    @LocalServerPort
    private int port;

    private Client client = new Client(0, "");

    @BeforeEach
    void connect() {
        client = new Client(port, RunningApi.KEY);
    }

    @Test
    void findsTheSixOfAFreshTenant() {
        var data = client.get("/v1/workflows").json().path("data");

        assertThat(data.valueStream().map(workflow -> workflow.path("name").asString()))
                .contains("classify", "extract", "generate", "report", "summarise", "tag");
        var report = client.get("/v1/workflows/report").json();
        assertThat(report.path("lane").asString()).isEqualTo("batch");
        assertThat(report.path("deadline").asString()).isEqualTo("PT24H");
    }

    @Test
    void takesARuleAsTheContractWritesIt() {
        String rule = """
                { "name":"contract","tier":"fast","lane":"auto","provider":"openai","fast_model":"gpt-4o-mini","full_model":"gpt-4o",
                  "fallbacks":[{"provider":"anthropic","model":"claude-haiku-4-5"}],
                  "max_output_tokens":150,"output_word_budget":null,"deadline":"PT15M",
                  "cache":{"mode":"exact","reason":null,"exact_ttl":"P7D","semantic_ttl":"PT24H","semantic_floor":0.70,"per_user":false,"max_false_hit_rate":0.01},
                  "context":{"max_chunks":5,"min_relevance":0.2},
                  "system_prompt":"Be brief." }""";

        var created = client.put("/v1/workflows/contract", rule);
        var same = client.put("/v1/workflows/contract", created.text());
        var changed = client.put(
                "/v1/workflows/contract", rule.replace("\"tier\":\"fast\",\"lane\":\"auto\"", "\"tier\":\"batch\""));

        assertThat(created.status()).as(created.text()).isEqualTo(201);
        assertThat(created.json().path("version").asInt()).isEqualTo(1);
        assertThat(created.json().path("cache").path("exact_ttl").asString()).isEqualTo("P7D");
        assertThat(same.status()).as(same.text()).isEqualTo(200);
        assertThat(same.json()).isEqualTo(created.json());
        assertThat(changed.json().path("version").asInt()).isEqualTo(2);
        assertThat(changed.string("tier")).isEqualTo("fast");
        assertThat(changed.string("lane")).isEqualTo("batch");
        assertThat(client.get("/v1/workflows/contract/versions?limit=1")
                        .json()
                        .path("next")
                        .isNull())
                .isFalse();
        assertThat(client.delete("/v1/workflows/contract").status()).isEqualTo(204);
        assertThat(client.get("/v1/workflows/contract").status()).isEqualTo(404);
        assertThat(client.post("/v1/jobs", "{\"workflow\":\"contract\",\"prompt\":\"x\"}")
                        .string("code"))
                .isEqualTo("unknown_workflow");
    }

    @Test
    void refusesAModelWithoutAPrice() {
        var refused = client.put("/v1/workflows/priceless", """
                {"fast_model":"gpt-4o-mini","full_model":"gpt-nonsense","fallbacks":[{"provider":"anthropic","model":"gpt-4o"}]}""");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.string("code")).isEqualTo("unknown_model");
        assertThat(refused.json()
                        .path("errors")
                        .valueStream()
                        .map(error -> error.path("field").asString()))
                .containsExactly("full_model", "fallbacks[0].model");
    }

    @Test
    void keepsTemplatesVersionByVersion() {
        String text = "{\"text\":\"Say {{word}}.\",\"params\":{\"word\":{\"type\":\"string\"}}}";

        var created = client.put("/v1/templates/versions", text);
        var same = client.put("/v1/templates/versions", created.text());
        var changed = client.put("/v1/templates/versions", text.replace("Say", "Shout"));

        assertThat(created.status()).as(created.text()).isEqualTo(201);
        assertThat(same.json()).isEqualTo(created.json());
        assertThat(changed.json().path("version").asInt()).isEqualTo(2);
        assertThat(client.get("/v1/templates/versions").json()).isEqualTo(changed.json());
        assertThat(client.get("/v1/templates").json().path("data").size()).isPositive();
    }

    @Test
    void namesEverythingThatIsWrongWithATemplate() {
        var refused = client.put("/v1/templates/wrong", """
                {"text":"{{known}} {{unknown}} {{","params":{"known":{"type":"date","min_length":3},"e":{"type":"enum"},
                 "p":{"type":"string","pattern":"("},"x":{"type":"integer","min":3,"max":1}}}""");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json()
                        .path("errors")
                        .valueStream()
                        .map(error -> error.path("field").asString()))
                .contains("text", "params.known.min_length", "params.e.values", "params.p.pattern", "params.x.max");
    }
}
