package dev.offpeak.worker.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderSettings;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

class OpenAiConfigurationTest {

    private final ApplicationContextRunner worker = new ApplicationContextRunner()
            .withUserConfiguration(Settings.class, OpenAiConfiguration.class)
            .withBean(Clock.class, () -> Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));

    @Test
    void hasNoProviderWhereNoneIsConfigured() {
        worker.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Provider.class));
    }

    @Test
    void hasNoProviderWhereItsVariablesAreBlank() {
        worker.withPropertyValues("offpeak.providers.openai.api-key=", "offpeak.providers.openai.base-url=")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Provider.class));
    }

    @Test
    void hasTheProviderWithAKeyOrAnAddressOrTheSimulator() {
        worker.withPropertyValues("offpeak.providers.openai.api-key=sk-1")
                .run(context -> assertThat(context).hasSingleBean(Provider.class));
        worker.withPropertyValues("offpeak.providers.openai.base-url=http://127.0.0.1:1/v1")
                .run(context -> assertThat(context).hasSingleBean(Provider.class));
        worker.withPropertyValues("offpeak.providers.simulator-url=http://127.0.0.1:1")
                .run(context -> assertThat(context).hasSingleBean(Provider.class));
    }

    @Test
    void leavesTheSimulatorOutOnceAnyProviderIsConfigured() {
        worker.withPropertyValues(
                        "offpeak.providers.simulator-url=http://127.0.0.1:1",
                        "offpeak.providers.anthropic.api-key=sk-1")
                .run(context -> assertThat(context).doesNotHaveBean(Provider.class));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(ProviderSettings.class)
    static class Settings {}
}
