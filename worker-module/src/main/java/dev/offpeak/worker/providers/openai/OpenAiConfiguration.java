package dev.offpeak.worker.providers.openai;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.Timeout;
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
@Conditional(OpenAiConfiguration.OpenAiConfigured.class)
class OpenAiConfiguration {

    /// As many calls as may be under way without a new connection each.
    private static final int IDLE_CONNECTIONS = 256;
    /// Shorter than servers keep theirs, so that a request hardly ever meets a connection that is about to close.
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);
    /// The SDK wants a key; a server without keys does not look at it.
    private static final String NO_KEY = "none";

    /// One client for the account, with one pool of connections, for calls and batches.
    @Bean(destroyMethod = "")
    OpenAIClient openAiClient(ProviderSettings settings, Clock clock) {
        return client(address(settings), settings, clock);
    }

    @Bean
    OpenAiProvider openAiProvider(OpenAIClient openAiClient, ProviderSettings settings, Clock clock) {
        OpenAiProvider provider = provider(openAiClient, settings, clock);
        WarmUp.start(ProviderSettings.OPENAI, provider::warm);
        return provider;
    }

    @Bean
    OpenAiBatches openAiBatches(OpenAIClient openAiClient, ProviderSettings settings, Clock clock) {
        return batches(openAiClient, settings, clock);
    }

    static OpenAiProvider provider(ProviderSettings settings, Clock clock) {
        return provider(client(address(settings), settings, clock), settings, clock);
    }

    static OpenAiBatches batches(ProviderSettings settings, Clock clock) {
        return batches(client(address(settings), settings, clock), settings, clock);
    }

    private static OpenAiProvider provider(OpenAIClient client, ProviderSettings settings, Clock clock) {
        return new OpenAiProvider(client, address(settings).key(), settings.connectTimeout(), clock);
    }

    static OpenAiBatches batches(OpenAIClient client, ProviderSettings settings, Clock clock) {
        return new OpenAiBatches(client, address(settings).key(), settings, clock);
    }

    static ProviderAddress address(ProviderSettings settings) {
        return ProviderAddress.of(settings, settings.openai(), "/v1");
    }

    static OpenAIClient client(ProviderAddress address, ProviderSettings settings, Clock clock) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(address.baseUrl())
                .apiKey(address.key().orElse(NO_KEY))
                .addInterceptor(SingleUseBody::intercept)
                .maxRetries(0) // each try may be billed and has no call row
                .followRedirects(false) // the key is for the configured address alone
                .timeout(Timeout.builder()
                        .connect(settings.connectTimeout())
                        .request(settings.timeout())
                        .build())
                .maxIdleConnections(IDLE_CONNECTIONS)
                .keepAliveDuration(KEEP_ALIVE)
                .clock(clock)
                .build();
    }

    static final class OpenAiConfigured extends ProviderConfigured {
        OpenAiConfigured() {
            super(ProviderSettings.OPENAI);
        }
    }
}
