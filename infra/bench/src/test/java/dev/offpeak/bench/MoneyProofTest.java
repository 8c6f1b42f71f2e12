package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class MoneyProofTest {

    private static final String LINE = """
            {"source":"line","status":"confirmed","overlap":false,"job":"job_1","model":"m","lane":"batch",
             "usage":{"input_tokens":10,"cached_input_tokens":4,"output_tokens":5},"billed_usd":"0.00000125"}
            """;
    private static final String STATS = """
            {"calls":{},"executions":{"total":2,"repeated":0},
             "tokens":{"m":{"batch_input":10,"batch_cached_input":4,"batch_output":5,"input":3,"output":1}},
             "billed_usd":"0.00000325"}
            """;
    private static final String CALL = """
            {"source":"call","status":"confirmed","overlap":false,"job":"job_2","model":"m","lane":"direct",
             "usage":{"input_tokens":3,"output_tokens":1},"billed_usd":"0.000002"}
            """;

    @Test
    void holdsWhereLedgerAndSimulatorAgree() {
        assertThat(proof(line -> line, stats -> stats)).isTrue();
    }

    @Test
    void failsOnAToken() {
        assertThat(proof(line -> line, stats -> stats.replace("\"batch_output\":5", "\"batch_output\":6")))
                .isFalse();
        assertThat(proof(
                        line -> line.replace("\"cached_input_tokens\":4", "\"cached_input_tokens\":3"), stats -> stats))
                .isFalse();
    }

    @Test
    void failsOnTokensInTheWrongLane() {
        assertThat(proof(line -> line.replace("\"lane\":\"batch\"", "\"lane\":\"direct\""), stats -> stats))
                .isFalse();
    }

    @Test
    void failsOnTheLastDigit() {
        assertThat(proof(line -> line, stats -> stats.replace("0.00000325", "0.000003250000001")))
                .isFalse();
    }

    @Test
    void failsOnAnExecutionWithoutARow() {
        assertThat(proof(line -> line, stats -> stats.replace("\"total\":2", "\"total\":3")))
                .isFalse();
    }

    @Test
    void failsOnAnUnconfirmedRow() {
        assertThat(proof(line -> line.replace("confirmed", "unconfirmed"), stats -> stats))
                .isFalse();
    }

    @Test
    void failsOnARepeatThatIsNoDeclaredOverlap() {
        UnaryOperator<String> repeated = stats -> stats.replace("\"repeated\":0", "\"repeated\":1");

        assertThat(proof(line -> line, repeated)).isFalse();
        assertThat(proof(line -> line.replace("\"overlap\":false", "\"overlap\":true"), repeated))
                .isTrue();
    }

    @Test
    void showsBothSidesKindByKind() {
        var proof = new MoneyProof(_ -> true);
        proof.add(Json.parse(LINE));

        JsonNode rows = proof.rows(SimulatorStats.of(Json.parse(STATS)));

        assertThat(rows.valueStream()
                        .filter(row -> row.path("kind").asString().equals("output"))
                        .map(row -> row.path("difference").asLong()))
                .containsExactly(-1L);
        assertThat(rows.get(rows.size() - 1).path("difference").asString()).isEqualTo("-0.00000200");
    }

    private static boolean proof(UnaryOperator<String> line, UnaryOperator<String> stats) {
        var proof = new MoneyProof(_ -> true);
        proof.add(Json.parse(line.apply(LINE)));
        proof.add(Json.parse(CALL));
        var demands = new Demands();
        proof.judge(SimulatorStats.of(Json.parse(stats.apply(STATS))), demands);
        return demands.hold();
    }
}
