package dev.offpeak.shared.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class WebhookPayloadTest {

    private static final Instant AT = Instant.parse("2026-11-21T18:00:00Z");

    @Test
    void wrapsTheJobAsItIs() {
        var job = job("short");

        var payload = WebhookPayload.of("job.succeeded", AT, job);

        assertThat(payload)
                .isEqualTo("{\"type\":\"job.succeeded\",\"timestamp\":\"2026-11-21T18:00:00Z\",\"data\":" + job + "}");
    }

    @Test
    void leavesTheInputOut() {
        var job = job("short").put("prompt", "private");
        job.putArray("messages").add("private");

        assertThat(WebhookPayload.of("job.failed", AT, job)).doesNotContain("private");
        assertThat(job.has("prompt")).isTrue();
    }

    @Test
    void leavesAResultOverSixteenKilobytesOut() {
        var overhead = job("").get("result").toString().length();
        var fits = job("ä".repeat((WebhookPayload.MAX_RESULT_BYTES - overhead) / 2));
        var large = job("ä".repeat((WebhookPayload.MAX_RESULT_BYTES - overhead) / 2 + 1));

        assertThat(WebhookPayload.of("job.succeeded", AT, fits)).doesNotContain("result_omitted");
        assertThat(WebhookPayload.of("job.succeeded", AT, large))
                .contains("\"result\":null")
                .contains("\"result_omitted\":true")
                .doesNotContain("ää");
        assertThat(large.get("result").isObject()).isTrue();
    }

    @Test
    void leavesALargeLateResultOutToo() {
        var job = job("").putNull("result");
        job.putObject("late_result").put("kind", "text").put("text", "ä".repeat(WebhookPayload.MAX_RESULT_BYTES / 2));

        assertThat(WebhookPayload.of("job.cost_settled", AT, job))
                .contains("\"late_result\":null")
                .contains("\"result_omitted\":true")
                .doesNotContain("ää");
    }

    private static ObjectNode job(String text) {
        var job = JsonMapper.shared().createObjectNode().put("id", "job_1");
        job.putObject("result").put("kind", "text").put("text", text);
        return job;
    }
}
