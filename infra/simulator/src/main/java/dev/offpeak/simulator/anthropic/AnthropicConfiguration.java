package dev.offpeak.simulator.anthropic;

import dev.offpeak.simulator.answers.Author;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Prices;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.tokens.BatchPrefixCache;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// Anthropic's side of the simulator.
@Configuration(proxyBeanMethods = false)
@Import({AnthropicController.class, MessageBatchController.class})
public class AnthropicConfiguration {
    @Bean
    AnthropicDialect anthropicDialect(Clock clock) {
        return new AnthropicDialect(clock);
    }

    @Bean
    MessageBatchLines messageBatchLines(
            AnthropicDialect dialect,
            Models models,
            Prices prices,
            Tokens tokens,
            BatchPrefixCache cache,
            PrefixCache syncCache,
            Author author,
            Ids ids) {
        return new MessageBatchLines(dialect, models, prices, tokens, cache, syncCache, author, ids);
    }
}
