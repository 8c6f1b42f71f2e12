package dev.offpeak.shared.failpoints;

import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.providers.ProviderSettings;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/// Arms what `offpeak.failpoints` names, and refuses to where the process could do harm.
@AutoConfiguration
@ConditionalOnProperty("offpeak.failpoints.armed")
@EnableConfigurationProperties(FailpointSettings.class)
class FailpointsConfiguration {

    private static final Logger log = LoggerFactory.getLogger(FailpointsConfiguration.class);

    @Bean
    Failpoints.Armed armedFailpoints(
            FailpointSettings settings, ProviderSettings providers, Environment environment, Sleeper sleeper) {
        refuseUnlessForTests(settings);
        refuseBesideTheRealWorld(providers, environment.getProperty("spring.datasource.url", ""));
        var plan = new FailpointPlan(sleeper).read(settings.armed());
        log.atWarn()
                .addKeyValue("failpoints", settings.armed())
                .log("Failpoints are armed: this process will break on purpose");
        return Failpoints.arm(plan);
    }

    /// An address says little: behind one of this machine may stand a proxy to somebody's database.
    ///
    /// @throws IllegalStateException where nobody said that this is a test
    static void refuseUnlessForTests(FailpointSettings settings) {
        if (!settings.onlyForTests()) {
            throw new IllegalStateException(
                    "offpeak.failpoints.armed makes this process break on purpose: it is refused"
                            + " unless offpeak.failpoints.only-for-tests (OFFPEAK_FAILPOINTS_ONLY_FOR_TESTS) is true");
        }
    }

    /// @throws IllegalStateException where a provider is one that somebody pays for, or the database is not on this
    ///     machine
    static void refuseBesideTheRealWorld(ProviderSettings providers, String databaseUrl) {
        boolean onlyHere = Stream.of(providers.openai(), providers.anthropic())
                .filter(account -> account.apiKey() != null || account.baseUrl() != null)
                .allMatch(account -> onThisMachine(account.baseUrl()));
        if (!onlyHere || !onThisMachine(URI.create(databaseUrl.replaceFirst("^jdbc:", "")))) {
            throw new IllegalStateException("offpeak.failpoints.armed is for tests: it is refused unless every provider"
                    + " and the database are on this machine's loopback address");
        }
    }

    private static boolean onThisMachine(@Nullable URI where) {
        if (where == null || where.getHost() == null) {
            return false;
        }
        try {
            return InetAddress.getByName(where.getHost()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
