package dev.offpeak.shared.prompts;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

@AutoConfiguration
class PromptsConfiguration {

    @Bean
    TemplateStore templateStore(JdbcClient jdbc) {
        return new JdbcTemplateStore(jdbc);
    }

    @Bean
    TemplateRenderer templateRenderer() {
        return new TemplateRenderer();
    }
}
