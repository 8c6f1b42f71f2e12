package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenTableTest {

    @Test
    void isEmptyWhereBothSidesAgree() {
        var ledger = new TokenTable();
        ledger.addUsage(Json.parse("""
                {"model":"gpt-4o-mini","lane":"direct","usage":{"input_tokens":100,"cached_input_tokens":64,
                 "cache_write_5m_tokens":0,"cache_write_1h_tokens":0,"output_tokens":7}}"""));

        SimulatorStats simulator = SimulatorStats.of(Json.parse("""
                {"calls":{"chat_completions":1},"executions":{"total":1,"repeated":0},"billed_usd":"0.01",
                 "tokens":{"gpt-4o-mini":{"input":100,"cached_input":64,"cache_write_5m":0,"cache_write_1h":0,"output":7,
                 "batch_input":0,"batch_cached_input":0,"batch_output":0}}}"""));

        assertThat(ledger.minus(simulator.tokens()).isEmpty()).isTrue();
        assertThat(simulator.tokens().minus(ledger).isEmpty()).isTrue();
        assertThat(ledger.total()).isEqualTo(171);
    }

    @Test
    void tellsWhatIsMissingOnEitherSide() {
        var ledger = new TokenTable();
        ledger.add("a", "input", 10);
        ledger.add("only-ledger", "output", 3);
        var simulator = new TokenTable();
        simulator.add("a", "input", 12);
        simulator.add("only-simulator", "input", 5);

        TokenTable difference = ledger.minus(simulator);

        assertThat(difference.json()).hasToString("""
                {"a":{"input":-2},"only-ledger":{"output":3},"only-simulator":{"input":-5}}""");
    }

    @Test
    void keepsTheBatchLaneApart() {
        var ledger = new TokenTable();
        ledger.addUsage(Json.parse("""
                {"model":"m","lane":"batch","usage":{"input_tokens":4,"output_tokens":2}}"""));

        assertThat(ledger.of("m", "batch_input")).isEqualTo(4);
        assertThat(ledger.of("m", "input")).isZero();
    }

    @Test
    void countsOnlyWhatRanSinceTheEarlierReading() {
        SimulatorStats before = SimulatorStats.of(Json.parse("""
                {"calls":{"messages":2},"executions":{"total":2,"repeated":1},"billed_usd":"0.1",
                 "tokens":{"m":{"input":5,"output":1}}}"""));
        SimulatorStats after = SimulatorStats.of(Json.parse("""
                {"calls":{"messages":5},"executions":{"total":4,"repeated":1},"billed_usd":"0.3",
                 "tokens":{"m":{"input":9,"output":1},"n":{"input":2}}}"""));

        SimulatorStats ran = after.since(before);

        assertThat(ran.calls()).containsEntry("messages", 3L);
        assertThat(ran.executions()).isEqualTo(2);
        assertThat(ran.repeated()).isZero();
        assertThat(ran.billedUsd()).isEqualByComparingTo("0.2");
        assertThat(ran.tokens().json()).hasToString("""
                {"m":{"input":4},"n":{"input":2}}""");
    }
}
