package dev.offpeak.api.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.lanes.Capacity;
import dev.offpeak.shared.lanes.Quantiles;
import dev.offpeak.shared.workflows.ModelChoice;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeadlineRiskTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final ModelChoice MINI = new ModelChoice("openai", "gpt-4o-mini");
    private static final ModelChoice OTHER = new ModelChoice("anthropic", "claude-haiku-4-5");
    private static final Quantiles A_SECOND =
            new Quantiles(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1));

    /// A hundred calls a second, each a second long; ten of them at once from one batch.
    private final DeadlineRisk risk = new DeadlineRisk(NOW, (_, _) -> Optional.of(new Capacity(A_SECOND, 100, 0)), 10);

    private void add(int lines, ModelChoice model, boolean calledAlone, Duration deadline) {
        for (int i = 0; i < lines; i++) {
            risk.add(model, calledAlone, NOW.plus(deadline));
        }
    }

    private String said() {
        return Objects.requireNonNull(risk.said()).message();
    }

    @Test
    void saysNothingWhereAllCanBeCalledInTime() {
        add(5_000, MINI, false, Duration.ofMinutes(1));
        add(500, MINI, true, Duration.ofMinutes(1));

        assertThat(risk.said()).isNull();
    }

    @Test
    void saysHowManyComeTooLateOfThoseThatAreCalledAFewAtATime() {
        add(1_000, MINI, true, Duration.ofMinutes(1));
        add(5_000, MINI, false, Duration.ofMinutes(1));

        assertThat(Objects.requireNonNull(risk.said()).code()).isEqualTo("deadline_at_risk");
        assertThat(said()).startsWith("Of 6000 lines 419 may come too late. ");
    }

    @Test
    void countsThoseWithNearerDeadlinesAsCalledBefore() {
        add(3_000, MINI, false, Duration.ofMinutes(1));
        add(4_000, MINI, false, Duration.ofMinutes(1).plusSeconds(10));

        assertThat(said()).startsWith("Of 7000 lines 199 may come too late. ");
    }

    @Test
    void whatComesTooLateInAnyCaseTakesNobodysTurn() {
        add(100_000, MINI, false, Duration.ofSeconds(10));
        add(3_000, MINI, false, Duration.ofMinutes(1));

        assertThat(said()).startsWith("Of 103000 lines 99199 may come too late. ");
    }

    @Test
    void providersDoNotWaitForEachOther() {
        add(3_000, MINI, false, Duration.ofMinutes(1));
        add(4_000, OTHER, false, Duration.ofMinutes(1));

        assertThat(risk.said()).isNull();
    }

    @Test
    void saysNothingOfAProviderThatIsNotConfigured() {
        var nobody = new DeadlineRisk(NOW, (_, _) -> Optional.empty(), 10);
        nobody.add(MINI, true, NOW);

        assertThat(nobody.said()).isNull();
    }
}
