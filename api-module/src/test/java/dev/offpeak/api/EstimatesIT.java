package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/// What a request would cost and which way it would go, without sending it.
@RunningApi
class EstimatesIT {

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    private Client client = new Client(0, "");

    @BeforeEach
    void connect() {
        client = new Client(port, RunningApi.KEY);
    }

    @Test
    void saysThatWhatCanWaitCostsHalfInABatch() {
        long before = jobs();

        var estimate = client.post("/v1/estimates", "{\"workflow\":\"report\",\"prompt\":\"Report.\"}");

        assertThat(estimate.status()).as(estimate.text()).isEqualTo(200);
        assertThat(estimate.string("object")).isEqualTo("estimate");
        assertThat(estimate.string("lane")).isEqualTo("batch");
        assertThat(estimate.string("tariff")).isEqualTo("batch");
        assertThat(estimate.string("provider")).isEqualTo("simulator");
        assertThat(estimate.string("model")).isEqualTo("gpt-4.1");
        assertThat(estimate.json().path("usage").path("output_tokens").asInt()).isEqualTo(4_000);
        assertThat(amount(estimate, "cost_usd").multiply(BigDecimal.TWO))
                .isEqualByComparingTo(amount(estimate, "list_usd"));
        assertThat(amount(estimate, "saved_usd")).isEqualByComparingTo(amount(estimate, "cost_usd"));
        assertThat(codes(estimate.json().path("lane_reasons"))).containsExactly("cheapest_in_time");
        assertThat(Duration.between(
                        Instant.parse(estimate.string("estimated_finish")), Instant.parse(estimate.string("deadline"))))
                .as("an hour is expected, a day is left")
                .isBetween(Duration.ofHours(22), Duration.ofHours(23));
        assertThat(estimate.json()
                        .path("alternatives")
                        .valueStream()
                        .map(other -> other.path("tariff").asString()))
                .containsExactlyInAnyOrder("standard", "flex");
        assertThat(estimate.json().path("warnings").isEmpty()).isTrue();
        assertThat(jobs()).as("created nothing").isEqualTo(before);
    }

    @Test
    void callsWhatHasNoTimeOrMayNotWait() {
        var hurried =
                client.post("/v1/estimates", "{\"workflow\":\"classify\",\"prompt\":\"Hello\",\"deadline\":\"PT10M\"}");
        var undecided = client.post("/v1/estimates", "{\"workflow\":\"classify\",\"prompt\":\"Hello\"}");
        var waitedFor =
                client.post("/v1/estimates", "{\"workflow\":\"report\",\"prompt\":\"Hello\"}", "Prefer", "wait=10");

        assertThat(List.of(hurried.string("lane"), undecided.string("lane"), waitedFor.string("lane")))
                .containsOnly("direct");
        assertThat(codes(hurried.json().path("lane_reasons"))).containsExactly("batch_too_slow");
        assertThat(codes(undecided.json().path("lane_reasons"))).containsExactly("must_not_wait");
        assertThat(codes(waitedFor.json().path("lane_reasons"))).containsExactly("must_not_wait");
        assertThat(amount(hurried, "saved_usd")).isEqualByComparingTo("0");
        JsonNode batch = hurried.json().path("alternatives").get(0);
        assertThat(batch.path("lane").asString()).isEqualTo("batch");
        assertThat(codes(batch.path("against"))).containsExactly("batch_too_slow");
    }

    @Test
    void takesTheFlexTierWhereTheModelHasOneAndABatchIsTooSlow() {
        client.put("/v1/workflows/patient", """
                {"tier":"fast","lane":"auto","provider":"openai","fast_model":"gpt-5-mini","full_model":"gpt-5"}""");

        var estimate =
                client.post("/v1/estimates", "{\"workflow\":\"patient\",\"prompt\":\"Hello\",\"deadline\":\"PT30M\"}");

        assertThat(estimate.status()).as(estimate.text()).isEqualTo(200);
        assertThat(estimate.string("lane")).isEqualTo("direct");
        assertThat(estimate.string("tariff")).isEqualTo("flex");
        assertThat(codes(estimate.json().path("lane_reasons"))).containsExactly("cheapest_in_time", "batch_too_slow");
    }

    @Test
    void multipliesForABatchWhoseLinesCanWaitByBeingSuch() {
        String tomorrow = "{\"workflow\":\"classify\",\"prompt\":\"Hello\",\"deadline\":\"PT23H\"}";

        var one = client.post("/v1/estimates", tomorrow);
        var many = client.post("/v1/estimates?count=100000", tomorrow);

        assertThat(many.string("lane")).isEqualTo("batch");
        assertThat(many.json().path("count").asInt()).isEqualTo(100_000);
        assertThat(amount(many, "cost_usd"))
                .isEqualByComparingTo(amount(one, "cost_usd").multiply(new BigDecimal(100_000)));
    }

    @Test
    void saysWhenTheLastOfManyCallsIsAnsweredAndThatNotAllAreInTime() {
        String soon = "{\"workflow\":\"classify\",\"prompt\":\"Hello\",\"deadline\":\"PT10M\"}";

        var one = client.post("/v1/estimates", soon);
        var many = client.post("/v1/estimates?count=1000000", soon);

        assertThat(many.string("lane")).isEqualTo("direct");
        assertThat(Duration.between(
                        Instant.parse(one.string("estimated_finish")), Instant.parse(many.string("estimated_finish"))))
                .as("a million calls do not fit into ten minutes")
                .isGreaterThan(Duration.ofMinutes(10));
        assertThat(one.json().path("warnings").isEmpty()).isTrue();
        assertThat(codes(many.json().path("warnings"))).containsExactly("deadline_at_risk");
    }

    @Test
    void warnsOfADeadlineThatACallMightMiss() {
        var estimate =
                client.post("/v1/estimates", "{\"workflow\":\"classify\",\"prompt\":\"Hello\",\"deadline\":\"PT5S\"}");

        assertThat(codes(estimate.json().path("warnings"))).containsExactly("deadline_at_risk");
    }

    @Test
    void refusesWhatASubmissionIsRefused() {
        for (String body : List.of(
                "{\"workflow\":\"nobody's\",\"prompt\":\"Hello\"}",
                "{\"workflow\":\"classify\"}",
                "{\"workflow\":\"classify\",\"prompt\":\"Hello\",\"deadline\":\"PT0S\"}",
                "{\"workflow\":\"classify\",\"prompt\":\"Hello\",\"colour\":\"red\"}",
                "{\"workflow\":\"classify\",\"prompt\":\"Hello\",\"max_cost_usd\":\"-1\"}")) {
            var submitted = client.post("/v1/jobs", body);
            var estimated = client.post("/v1/estimates", body);

            assertThat(estimated.status()).as(estimated.text()).isEqualTo(submitted.status());
            assertThat(estimated.string("code")).isEqualTo(submitted.string("code"));
            assertThat(estimated.json().path("errors"))
                    .isEqualTo(submitted.json().path("errors"));
        }
        var none = client.post("/v1/estimates?count=0", "{\"workflow\":\"classify\",\"prompt\":\"Hello\"}");
        assertThat(none.status()).isEqualTo(400);
        assertThat(none.json().path("errors").get(0).path("field").asString()).isEqualTo("count");
    }

    private long jobs() {
        return jdbc.sql("SELECT count(*) FROM job").query(Long.class).single();
    }

    private static BigDecimal amount(Client.Answer answer, String field) {
        return new BigDecimal(answer.string(field));
    }

    private static List<String> codes(JsonNode reasons) {
        return reasons.valueStream()
                .map(reason -> reason.path("code").asString())
                .toList();
    }
}
