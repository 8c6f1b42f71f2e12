package dev.offpeak.api.http;

import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.converter.HttpMessageConverters.ServerBuilder;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class HttpConfiguration {

    private static final Duration UNTIL_DOWN = Duration.ofSeconds(2);

    /// Instead of Boot's, which waits twenty seconds for a connection; a probe does not.
    @Bean
    HealthIndicator dbHealthIndicator(DataSource dataSource) {
        return new BoundedHealth(new DataSourceHealthIndicator(dataSource), UNTIL_DOWN);
    }

    @Bean
    StrictJson strictJson() {
        return new StrictJson();
    }

    @Bean
    WebMvcConfigurer strictBodies(StrictJson strict, JsonMapper answers) {
        return new WebMvcConfigurer() {
            @Override
            public void configureMessageConverters(ServerBuilder converters) {
                converters.withJsonConverter(new StrictJsonConverter(strict, answers));
            }

            @Override
            public void configureContentNegotiation(ContentNegotiationConfigurer negotiation) {
                negotiation.strategies(List.of(new JsonForProblems()));
            }

            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(new AcceptableAnswers());
                registry.addInterceptor(new KnownParameters());
            }
        };
    }
}
