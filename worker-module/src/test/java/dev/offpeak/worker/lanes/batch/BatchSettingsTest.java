package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class BatchSettingsTest {

    private static BatchSettings bound(Map<String, String> values) {
        return new Binder(new MapConfigurationPropertySource(values))
                .bindOrCreate("offpeak.lanes.batch", BatchSettings.class);
    }

    @Test
    void hasTheLimitsOfTheLowestTierUntilToldOtherwise() {
        BatchSettings settings = bound(Map.of());

        assertThat(settings.enqueuedTokens("gpt-4o-mini", false)).hasValue(2_000_000);
        assertThat(settings.enqueuedTokens("gpt-9", false)).hasValue(250_000);
    }

    @Test
    void theSimulatorHasNoLimitOfItsOwn() {
        BatchSettings settings = bound(Map.of("offpeak.lanes.batch.enqueued-tokens[gpt-4.1]", "70"));

        assertThat(settings.enqueuedTokens("gpt-4o-mini", true)).isEmpty();
        assertThat(settings.enqueuedTokens("gpt-4.1", true)).hasValue(70);
        assertThat(settings.enqueuedTokens("gpt-4.1", false)).hasValue(70);
    }

    @Test
    void othersCanHaveALimitOfTheirOwn() {
        BatchSettings settings = bound(Map.of("offpeak.lanes.batch.enqueued-tokens.default", "70"));

        assertThat(settings.enqueuedTokens("gpt-9", false)).hasValue(70);
        assertThat(settings.enqueuedTokens("gpt-4o", false)).hasValue(90_000);
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> bound(Map.of("offpeak.lanes.batch.enqueued-tokens.default", "0")))
                .isInstanceOf(BindException.class);
        assertThatThrownBy(() -> bound(Map.of("offpeak.lanes.batch.first-poll", "0s")))
                .isInstanceOf(BindException.class);
        assertThatThrownBy(() -> bound(Map.of("offpeak.lanes.batch.longest-poll", "1s")))
                .isInstanceOf(BindException.class);
    }
}
