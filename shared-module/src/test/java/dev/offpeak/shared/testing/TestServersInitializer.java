package dev.offpeak.shared.testing;

import java.util.Map;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/// Gives every Spring context that names it a database with the schema and a Redis key prefix of its own:
/// `@ContextConfiguration(initializers = TestServersInitializer.class)`.
///
/// It sets `spring.datasource.url`, `.username`, `.password`, `spring.data.redis.url`, `offpeak.redis.key-prefix`
/// and `offpeak.secret-key`, above everything else, so that no variable of the machine leaks in. Test classes that
/// share a context share its database.
public final class TestServersInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {
    @Override
    public void initialize(ConfigurableApplicationContext context) {
        Map<String, Object> properties = Map.copyOf(TestServers.springProperties());
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test servers", properties));
    }
}
