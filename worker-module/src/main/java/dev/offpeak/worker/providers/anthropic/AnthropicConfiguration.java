package dev.offpeak.worker.providers.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.client.okhttp.OkHttpClient;
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

    /// One client for the account, with one pool of connections, for calls and batches.
    @Bean(destroyMethod = "")
    AnthropicClient anthropicClient(ProviderSettings settings, Clock clock) {
        return client(address(settings), settings, clock);
    }

    @Bean
    AnthropicProvider anthropicProvider(AnthropicClient anthropicClient, ProviderSettings settings, Clock clock) {
        AnthropicProvider provider = provider(anthropicClient, settings, clock);
        WarmUp.start(ProviderSettings.ANTHROPIC, provider::warm);
        return provider;
    }

    @Bean
    AnthropicBatches anthropicBatches(AnthropicClient anthropicClient, ProviderSettings settings, Clock clock) {
        return batches(anthropicClient, settings, clock);
    }

    static AnthropicProvider provider(ProviderSettings settings, Clock clock) {
        return provider(client(address(settings), settings, clock), settings, clock);
    }

    static AnthropicBatches batches(ProviderSettings settings, Clock clock) {
        return batches(client(address(settings), settings, clock), settings, clock);
    }

    private static AnthropicProvider provider(AnthropicClient client, ProviderSettings settings, Clock clock) {
        return new AnthropicProvider(client, address(settings).key(), settings.connectTimeout(), clock);
    }

    private static AnthropicBatches batches(AnthropicClient client, ProviderSettings settings, Clock clock) {
        AnthropicAddress address = backend(address(settings));
        // Creates are rare, so their few connections need no pool of their own.
        var http = OkHttpClient.builder().backend(address).build();
        return new AnthropicBatches(client, http, address, settings, clock);
    }

    private static ProviderAddress address(ProviderSettings settings) {
        return ProviderAddress.of(settings, settings.anthropic(), "/anthropic");
    }

    private static AnthropicAddress backend(ProviderAddress address) {
        return new AnthropicAddress(address.baseUrl().orElse(AnthropicAddress.VENDORS_OWN), address.key());
    }

    private static AnthropicClient client(ProviderAddress address, ProviderSettings settings, Clock clock) {
        return AnthropicOkHttpClient.builder()
                .backend(backend(address))
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
