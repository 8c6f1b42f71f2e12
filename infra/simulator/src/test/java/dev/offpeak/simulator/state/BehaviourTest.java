package dev.offpeak.simulator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.simulator.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class BehaviourTest {
    @Test
    void startsWithTheDefaultsOfTheContract() {
        JsonNode contract = json("""
                {"seed":1,"latency_ms":0,"latency_jitter_ms":0,"error_rate":0.0,"error_status":500,"rate_limit_rpm":null,
                 "rate_limit_tpm":null,"hang_rate":0.0,"malformed_rate":0.0,
                 "batch":{"seconds_to_complete":2,"line_error_rate":0.0,"line_lost_rate":0.0,"expire_after_seconds":null,
                          "stall":false,"enqueued_token_limit":null,"create_fails_after_creating_rate":0.0,
                          "output_file_delay_seconds":0,"webhook_url":null}}
                """);

        assertThat(top(Behaviour.defaults().document())).isEqualTo(top(contract));
        contract.path("batch")
                .properties()
                .forEach(field -> assertThat(
                                Behaviour.defaults().document().path("batch").path(field.getKey()))
                        .as(field.getKey())
                        .hasToString(field.getValue().toString()));
    }

    @Test
    void readsPlannedFaults() throws Exception {
        Behaviour planned = Behaviour.defaults().with(json("""
                {"batch":{"faults":[{"call":"batches.create","nth":2,"times":3,"effect":"fail_after","status":502}]}}
                """));

        assertThat(PlannedFault.list(planned.document().path("batch").path("faults")))
                .containsExactly(new PlannedFault("batches.create", 2, 3, PlannedFault.Effect.FAIL_AFTER, 502));
    }

    @Test
    void mergesASubset() throws Exception {
        Behaviour changed = Behaviour.defaults()
                .with(json("{\"latency_ms\":20,\"batch\":{\"stall\":true}}"))
                .with(json("{\"rate_limit_rpm\":60}"));

        assertThat(changed.latencyMs()).isEqualTo(20);
        assertThat(changed.rateLimitRpm()).isEqualTo(60);
        assertThat(changed.document().path("batch").path("stall").asBoolean()).isTrue();
        assertThat(changed.document().path("batch").path("seconds_to_complete").asInt())
                .isEqualTo(2);
        assertThat(changed.with(json("{\"rate_limit_rpm\":null}")).rateLimitRpm())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"latency":1}                         | latency           | unknown_field
            {"batch":{"speed":1}}                 | batch.speed       | unknown_field
            {"error_rate":1.5}                    | error_rate        | invalid_value
            {"error_rate":"0.1"}                  | error_rate        | invalid_value
            {"error_status":200}                  | error_status      | invalid_value
            {"latency_ms":-1}                     | latency_ms        | invalid_value
            {"latency_ms":1.5}                    | latency_ms        | invalid_value
            {"seed":null}                         | seed              | invalid_value
            {"rate_limit_tpm":0}                  | rate_limit_tpm    | invalid_value
            {"batch":[]}                          | batch             | invalid_value
            {"batch":{"stall":1}}                 | batch.stall       | invalid_value
            {"batch":{"webhook_url":"ftp://a"}}   | batch.webhook_url | invalid_value
            {"batch":{"stall_in":"bed"}}          | batch.stall_in    | invalid_value
            {"batch":{"webhook_secret":""}}       | batch.webhook_secret | invalid_value
            {"batch":{"faults":{}}}               | batch.faults      | invalid_value
            {"batch":{"faults":[{"call":"x"}]}}   | batch.faults[0].call | invalid_value
            {"batch":{"faults":[{"call":"files.get","effect":"burn"}]}} | batch.faults[0].effect | invalid_value
            {"batch":{"faults":[{"call":"files.get","effect":"fail","nth":0}]}} | batch.faults[0].nth | invalid_value
            {"batch":{"faults":[{"kall":"files.get"}]}} | batch.faults[0].kall | unknown_field
            """)
    void namesTheFieldAtFault(String patch, String field, String code) {
        assertThatThrownBy(() -> Behaviour.defaults().with(json(patch)))
                .isInstanceOfSatisfying(BadSetting.class, fault -> {
                    assertThat(fault.field()).isEqualTo(field);
                    assertThat(fault.code()).isEqualTo(code);
                    assertThat(fault).hasMessageContaining(field);
                });
    }

    private static String top(JsonNode document) {
        ObjectNode top = ((ObjectNode) document).deepCopy();
        top.remove("batch");
        return top.toString();
    }

    private static JsonNode json(String text) {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
