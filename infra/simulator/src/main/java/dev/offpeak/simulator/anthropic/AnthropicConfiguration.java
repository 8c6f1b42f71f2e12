package dev.offpeak.simulator.anthropic;

import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// Anthropic's side of the simulator.
@Configuration(proxyBeanMethods = false)
@Import(AnthropicController.class)
public class AnthropicConfiguration {
    @Bean
    AnthropicDialect anthropicDialect(Clock clock) {
        return new AnthropicDialect(clock);
    }
}
