package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Author;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// OpenAI's side of the simulator.
@Configuration(proxyBeanMethods = false)
@Import(OpenAiController.class)
public class OpenAiConfiguration {
    @Bean
    OpenAiDialect openAiDialect() {
        return new OpenAiDialect();
    }

    @Bean
    Generation openAiGeneration(Tokens tokens, PrefixCache cache, Author author) {
        return new Generation(tokens, cache, author);
    }
}
