package dev.offpeak.worker.lanes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.jobs.JobResult;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.Completion.FinishReason;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerCheckTest {

    private static final ResponseFormat PRICE = new ResponseFormat.JsonSchema(
            "price",
            "{\"type\":\"object\",\"required\":[\"eur\"],\"properties\":{\"eur\":{\"type\":\"number\"}},\"additionalProperties\":false}",
            true);

    private final AnswerCheck check = new AnswerCheck();

    private JobEnd check(String text, FinishReason reason, ResponseFormat format) {
        return check.check(new Completion(text, reason, Usage.of(1, 1), "gpt-4o-mini", null), format);
    }

    @Test
    void takesAWholeAnswerForASuccess() {
        assertThat(check("42", FinishReason.STOP, new ResponseFormat.Text()))
                .isEqualTo(new JobEnd.Succeeded(JobResult.text("42", "stop")));
    }

    @ParameterizedTest
    @CsvSource({
        "half an ans, LENGTH, ANSWER_TRUNCATED",
        "'', STOP, ANSWER_EMPTY",
        "'  ', STOP, ANSWER_EMPTY",
        "I cannot, REFUSAL, ANSWER_REFUSED",
        "'', TOOL_CALL, ANSWER_EMPTY",
        "paused, OTHER, ANSWER_EMPTY"
    })
    void takesNothingElseForASuccess(String text, FinishReason reason, ErrorCode code) {
        assertThat(check(text, reason, new ResponseFormat.Text()))
                .isInstanceOfSatisfying(
                        JobEnd.Failed.class, failed -> assertThat(failed.code()).isEqualTo(code));
    }

    @Test
    void keepsATruncatedAnswerThatWasPaidFor() {
        assertThat(check("half an ans", FinishReason.LENGTH, new ResponseFormat.Text()))
                .isInstanceOfSatisfying(
                        JobEnd.Failed.class,
                        failed -> assertThat(failed.partial()).isEqualTo(JobResult.text("half an ans", "length")));
    }

    @Test
    void takesAnAnswerThatFollowsItsSchema() {
        assertThat(check("{ \"eur\": 1.5 }", FinishReason.STOP, PRICE))
                .isEqualTo(new JobEnd.Succeeded(JobResult.json("{ \"eur\": 1.5 }", "{\"eur\":1.5}")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{\"eur\":\"1.5\"}", "{}", "{\"eur\":1,\"usd\":2}", "not json", "{\"eur\":1} and more"})
    void refusesAnAnswerThatDoesNotFollowItsSchema(String text) {
        assertThat(check(text, FinishReason.STOP, PRICE))
                .isInstanceOfSatisfying(
                        JobEnd.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.ANSWER_SCHEMA_VIOLATION));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{\"pattern\":\"(\"}", "{\"$ref\":\"#/nope\"}", "{\"$ref\":\"#\"}", "{\"pattern\":\"^(a+)+$\"}"})
    void neverBreaksOnASchema(String schema) {
        assertThat(check(
                        "\"" + "a".repeat(60) + "!\"",
                        FinishReason.STOP,
                        new ResponseFormat.JsonSchema("odd", schema, false)))
                .isInstanceOfSatisfying(
                        JobEnd.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.ANSWER_SCHEMA_VIOLATION));
    }

    @Test
    void wantsAnObjectWhereAnObjectWasAskedFor() {
        assertThat(check("[1]", FinishReason.STOP, new ResponseFormat.JsonObject()))
                .isInstanceOf(JobEnd.Failed.class);
        assertThat(check("{\"a\":1}", FinishReason.STOP, new ResponseFormat.JsonObject()))
                .isInstanceOf(JobEnd.Succeeded.class);
    }

    @Test
    void replacesWhatTheDatabaseCannotKeep() {
        assertThat(check("a\0b\ud800c", FinishReason.STOP, new ResponseFormat.Text()))
                .isEqualTo(new JobEnd.Succeeded(JobResult.text("a\uFFFDb?c", "stop")));
        assertThat(check("{\"eur\":1,\"note\":\"\\u0000\"}", FinishReason.STOP, new ResponseFormat.JsonObject()))
                .isInstanceOf(JobEnd.Failed.class);
    }
}
