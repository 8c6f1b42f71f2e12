package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Author;
import dev.offpeak.simulator.answers.Embedder;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Prices;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// OpenAI's side of the simulator.
@Configuration(proxyBeanMethods = false)
@Import({OpenAiController.class, FileController.class, BatchController.class})
public class OpenAiConfiguration {
    @Bean
    OpenAiDialect openAiDialect() {
        return new OpenAiDialect();
    }

    @Bean
    Generation openAiGeneration(Tokens tokens, PrefixCache cache, Author author) {
        return new Generation(tokens, cache, author);
    }

    @Bean
    OpenAiCalls openAiCalls(Models models, Generation generation, Embedder embedder, Ids ids) {
        return new OpenAiCalls(models, generation, embedder, ids);
    }

    @Bean
    OpenAiLines openAiLines(OpenAiCalls calls, OpenAiDialect dialect, Models models, Prices prices, Ids ids) {
        return new OpenAiLines(calls, dialect, models, prices, ids);
    }
}
