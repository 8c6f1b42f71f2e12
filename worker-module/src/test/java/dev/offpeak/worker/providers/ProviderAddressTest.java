package dev.offpeak.worker.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ProviderSettings.Account;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProviderAddressTest {

    private static final Account NONE = new Account(null, null);

    @Test
    void isTheSimulatorsWhileNoProviderIsConfigured() {
        var settings = settings(NONE, URI.create("http://127.0.0.1:8090/"));

        var address = ProviderAddress.of(settings, settings.anthropic(), "/anthropic");

        assertThat(address.baseUrl()).contains("http://127.0.0.1:8090/anthropic");
        assertThat(address.key()).isPresent();
    }

    @Test
    void isTheProvidersOwnOnceItIsConfigured() {
        var settings = settings(new Account(" sk-1 ", null), URI.create("http://127.0.0.1:8090"));

        var address = ProviderAddress.of(settings, settings.openai(), "/v1");

        assertThat(address.baseUrl()).isEmpty();
        assertThat(address.key()).contains("sk-1");
    }

    @Test
    void keepsTheKeyToItself() {
        var settings = settings(new Account("sk-1", URI.create("http://127.0.0.1:1/v1/")), null);

        assertThat(ProviderAddress.of(settings, settings.openai(), "/v1"))
                .hasToString("ProviderAddress[baseUrl=Optional[http://127.0.0.1:1/v1], key=hidden]");
    }

    private static ProviderSettings settings(Account openai, @Nullable URI simulator) {
        return new ProviderSettings(openai, NONE, simulator, Duration.ofSeconds(120), Duration.ofSeconds(5));
    }
}
