package dev.offpeak.api;

import static java.lang.annotation.ElementType.TYPE;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import dev.offpeak.shared.testing.TestServersInitializer;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.ContextConfiguration;

/// The whole API on a free port with a database of its own; all tests that carry this share one.
@Target(TYPE)
@Retention(RUNTIME)
@Inherited
@SpringBootTest(
        classes = ApiApplication.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.config.name=offpeak-api",
            "management.server.port=0",
            "offpeak.bootstrap-key=" + RunningApi.KEY,
            "offpeak.secret-key=a-secret-key-for-the-tests-alone",
            "offpeak.webhooks.allow-cidrs=127.0.0.0/8",
            "offpeak.providers.simulator-url=http://127.0.0.1:9" // nobody calls it: no worker runs
        })
@ContextConfiguration(initializers = TestServersInitializer.class)
@interface RunningApi {

    String KEY = "a-bootstrap-key-for-the-tests";
}
