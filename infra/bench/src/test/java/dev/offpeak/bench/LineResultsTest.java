package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LineResultsTest {

    private final LineResults results = new LineResults("a0-run", 2);

    LineResultsTest() {
        add("a0-run-0", "job_1", "succeeded");
    }

    @Test
    void takesOneResultForEachLine() {
        add("a0-run-1", "job_2", "succeeded");

        assertThat(results.exactlyOne()).isTrue();
        assertThat(results.allSucceeded()).isTrue();
        assertThat(results.jobs()).containsExactlyInAnyOrder("job_1", "job_2");
        assertThat(results.billed()).isEqualByComparingTo("0.0000050");
        assertThat(results.open()).isZero();
    }

    @Test
    void findsAMissingLine() {
        assertThat(results.exactlyOne()).isFalse();
        assertThat(results.missing()).isEqualTo(1);
        assertThat(results.allSucceeded()).isFalse();
    }

    @Test
    void findsALineThatCameTwice() {
        add("a0-run-1", "job_2", "succeeded");
        add("a0-run-1", "job_3", "succeeded");

        assertThat(results.exactlyOne()).isFalse();
    }

    @Test
    void findsAJobThatStandsForTwoLines() {
        add("a0-run-1", "job_1", "succeeded");

        assertThat(results.exactlyOne()).isFalse();
    }

    @Test
    void findsLinesThatWereNeverSent() {
        add("a0-run-1", "job_2", "succeeded");
        add("a0-run-2", "job_3", "succeeded");
        add("b0-run-1", "job_4", "succeeded");
        add("a0-run-x", "job_5", "succeeded");

        assertThat(results.exactlyOne()).isFalse();
        assertThat(results.unknown()).isEqualTo(3);
    }

    @Test
    void findsAResultThatIsNone() {
        add("a0-run-1", "job_2", "running");

        assertThat(results.exactlyOne()).isFalse();
        assertThat(results.unfinished()).isEqualTo(1);
    }

    @Test
    void findsReceiptsThatMayChange() {
        results.add(Json.parse("""
                {"custom_id":"a0-run-1","job":{"id":"job_2","status":"failed","error":{"code":"x"},
                 "cost":{"final":false,"billed_usd":"0"}}}
                """));

        assertThat(results.open()).isEqualTo(1);
        assertThat(results.exactlyOne()).isTrue();
        assertThat(results.json().path("errors").path("x").asInt()).isEqualTo(1);
    }

    @Test
    void holdsTheBatchToItsResults() {
        add("a0-run-1", "job_2", "failed");
        String counts =
                "{\"total\":2,\"queued\":0,\"running\":0,\"batched\":0,\"succeeded\":1,\"failed\":1,\"cancelled\":0,\"expired\":0}";

        assertThat(results.agreesWith(Json.parse(counts))).isTrue();
        assertThat(results.agreesWith(Json.parse(counts.replace("\"failed\":1", "\"failed\":0"))))
                .isFalse();
        assertThat(results.agreesWith(Json.parse(counts.replace("\"batched\":0", "\"batched\":1"))))
                .isFalse();
        assertThat(results.agreesWith(Json.parse(counts.replace("\"total\":2", "\"total\":3"))))
                .isFalse();
    }

    private void add(String customId, String job, String status) {
        results.add(Json.parse("""
                {"custom_id":"%s","job":{"id":"%s","status":"%s","cost":{"final":true,"billed_usd":"0.0000025"}}}
                """.formatted(customId, job, status)));
    }
}
