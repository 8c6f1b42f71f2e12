package dev.offpeak.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.testing.TestServers;
import dev.offpeak.worker.FlakyProxy;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PgWakeListenerIT {

    @Test
    void noticesAConnectionWhoseOtherEndVanishedAndOpensANewOne() {
        var database = TestServers.freshDatabase();
        var opened = new AtomicInteger();
        var woken = new AtomicInteger();
        try (var proxy = new FlakyProxy();
                var listener = new PgWakeListener(
                        () -> {
                            opened.incrementAndGet();
                            var properties = new Properties();
                            properties.setProperty("user", database.username());
                            properties.setProperty("password", database.password());
                            properties.setProperty("socketTimeout", "1");
                            return DriverManager.getConnection(proxy.before(database.jdbcUrl()), properties);
                        },
                        woken::incrementAndGet,
                        Duration.ofMillis(200),
                        InstantSource.system())) {
            assertThat(listener.hearing().listening()).isFalse();
            listener.start();
            Waiting.until(() -> listener.hearing().listening());
            var before = listener.hearing();

            proxy.swallow();

            Waiting.until(() -> !listener.hearing().equals(before));
            Waiting.until(() -> listener.hearing().listening());
            assertThat(opened).hasValueGreaterThan(1);
            Waiting.until(() -> woken.get() > 1); // for what was committed meanwhile
        }
    }
}
