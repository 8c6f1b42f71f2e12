package dev.offpeak.shared.providers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProviderSettingsTest {

    @Test
    void letsFlexCallsWaitForCapacity() {
        assertThat(settings(Duration.ofMinutes(2)).timeout(ServiceTier.DEFAULT)).isEqualTo(Duration.ofMinutes(2));
        assertThat(settings(Duration.ofMinutes(2)).timeout(ServiceTier.FLEX)).isEqualTo(Duration.ofMinutes(15));
        assertThat(settings(Duration.ofMinutes(20)).timeout(ServiceTier.FLEX)).isEqualTo(Duration.ofMinutes(20));
    }

    private static ProviderSettings settings(Duration timeout) {
        var none = new ProviderSettings.Account(null, null);
        return new ProviderSettings(none, none, null, timeout, Duration.ofSeconds(5));
    }
}
