package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LedgerSumsTest {

    @Test
    void addsConfirmedEntriesOfTheRunExactly() {
        LedgerSums sums = LedgerSums.of(
                List.of(Json.parse("""
                                {"job":"job_1","status":"confirmed","model":"m","billed_usd":"0.000000000001",
                                 "usage":{"input_tokens":3}}"""), Json.parse("""
                                {"job":"job_2","status":"confirmed","model":"m","billed_usd":"0.1",
                                 "usage":{"input_tokens":4}}"""), Json.parse("""
                                {"job":"job_2","status":"unconfirmed","model":"m","billed_usd":"9",
                                 "usage":{"input_tokens":999}}"""), Json.parse("""
                                {"job":"job_other","status":"confirmed","model":"m","billed_usd":"9",
                                 "usage":{"input_tokens":999}}""")), Set.of("job_1", "job_2"));

        assertThat(sums.confirmed()).isEqualTo(2);
        assertThat(sums.unconfirmed()).isEqualTo(1);
        assertThat(sums.others()).isEqualTo(1);
        assertThat(sums.tokens().of("m", "input")).isEqualTo(7);
        assertThat(sums.billedUsd()).isEqualByComparingTo("0.100000000001");
    }
}
