package dev.offpeak.worker.providers.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.Timeout;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.worker.providers.ProviderAddress;
import dev.offpeak.worker.providers.ProviderConfigured;
import dev.offpeak.worker.providers.WarmUp;
import java.time.Clock;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@Conditional(AnthropicConfiguration.AnthropicConfigured.class)
class AnthropicConfiguration {

    /// As many calls as may be under way without a new connection each.
    private static final int IDLE_CONNECTIONS = 256;
    /// Shorter than servers keep theirs, so that a request hardly ever meets a connection that is about to close.
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

    @Bean
    AnthropicProvider anthropicProvider(ProviderSettings settings, Clock clock) {
        AnthropicProvider provider = provider(settings, clock);
        WarmUp.start(ProviderSettings.ANTHROPIC, provider::warm);
        return provider;
    }

    static AnthropicProvider provider(ProviderSettings settings, Clock clock) {
        var address = ProviderAddress.of(settings, settings.anthropic(), "/anthropic");
        return new AnthropicProvider(client(address, settings, clock), address.key(), settings.connectTimeout(), clock);
    }

    private static AnthropicClient client(ProviderAddress address, ProviderSettings settings, Clock clock) {
        return AnthropicOkHttpClient.builder()
                .backend(new AnthropicAddress(address.baseUrl().orElse(AnthropicAddress.VENDORS_OWN), address.key()))
                .maxRetries(0) // each try may be billed and has no call row
                .timeout(Timeout.builder()
                        .connect(settings.connectTimeout())
                        .request(settings.timeout())
                        .build())
                .maxIdleConnections(IDLE_CONNECTIONS)
                .keepAliveDuration(KEEP_ALIVE)
                .clock(clock)
                .build();
    }

    static final class AnthropicConfigured extends ProviderConfigured {
        AnthropicConfigured() {
            super(ProviderSettings.ANTHROPIC);
        }
    }
}
