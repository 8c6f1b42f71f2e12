package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ProviderBatchFatesTest {

    private final ProviderBatchFates fates = new ProviderBatchFates();

    @Test
    void holdWhereAllWentWrongThatWasTo() {
        fates.add(batch("expired", "", 4_850, 100, 50, 5_000));
        fates.add(batch("failed", "token_limit_exceeded", 0, 0, 0, 0));

        assertThat(judged(1).hold()).isTrue();
    }

    @Test
    void demandAnExpiryWithSomeLinesDone() {
        fates.add(batch("completed", "", 9_700, 200, 100, 0));
        fates.add(batch("expired", "", 0, 0, 0, 500));
        fates.add(batch("failed", "token_limit_exceeded", 0, 0, 0, 0));

        assertThat(broken(judged(1))).containsExactly("a_provider_batch_expired_halfway");
    }

    @Test
    void demandThatBothSidesKnowOfARefusalOnTokens() {
        fates.add(batch("expired", "", 4_850, 100, 50, 5_000));
        assertThat(broken(judged(1))).containsExactly("a_provider_batch_was_refused_on_tokens");

        fates.add(batch("failed", "token_limit_exceeded", 0, 0, 0, 0));
        assertThat(broken(judged(0))).containsExactly("a_provider_batch_was_refused_on_tokens");
    }

    @Test
    void demandErrorsAndLossesAboutAsOftenAsTheyWereSet() {
        fates.add(batch("expired", "", 9_880, 20, 100, 5_000)); // a tenth of the errors
        fates.add(batch("failed", "token_limit_exceeded", 0, 0, 0, 0));
        assertThat(broken(judged(1))).containsExactly("lines_failed_at_the_provider_as_set");

        fates.add(batch("completed", "", 9_600, 400, 0, 0));
        fates.add(batch("completed", "", 10_000, 200, 0, 0));
        assertThat(broken(judged(1))).containsExactly("lines_got_lost_at_the_provider_as_set");
    }

    @Test
    void demandOnlyThatTheyOccurWhereTheyAreFew() {
        fates.add(batch("expired", "", 95, 1, 1, 50));
        fates.add(batch("failed", "token_limit_exceeded", 0, 0, 0, 0));

        assertThat(judged(1).hold()).isTrue();
    }

    @Test
    void findAResidue() {
        fates.add(batch("expired", "", 4_850, 100, 50, 5_000));
        ObjectNode odd = batch("failed", "token_limit_exceeded", 0, 0, 0, 0);
        odd.putObject("residue").put("input_tokens", 3);
        fates.add(odd);

        assertThat(broken(judged(1))).containsExactly("no_provider_batch_has_a_residue");
    }

    @Test
    void limitTokensToAThirdOfWhatTheLinesNeed() {
        assertThat(BatchRun.third(50 * 60, 50, 10_000)).isEqualTo(200_000);
        assertThat(BatchRun.third(50 * 60, 50, 500_000))
                .as("below what Offpeak takes for granted")
                .isEqualTo(1_000_000);
    }

    private Demands judged(long refusedThere) {
        var demands = new Demands();
        fates.judge(0.02, 0.01, refusedThere, demands);
        return demands;
    }

    private static Iterable<String> broken(Demands demands) {
        return demands.json().properties().stream()
                .filter(demand -> !demand.getValue().asBoolean())
                .map(demand -> demand.getKey())
                .toList();
    }

    private static ObjectNode batch(String endedAs, String code, int ok, int error, int lost, int expired) {
        ObjectNode batch = Json.object().put("ended_as", endedAs).putNull("residue");
        if (!code.isEmpty()) {
            batch.put("error_code", code);
        }
        batch.putObject("lines")
                .put("ok", ok)
                .put("error", error)
                .put("lost", lost)
                .put("expired", expired);
        return batch;
    }
}
