package dev.offpeak.shared.failpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ProviderSettings.Account;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class FailpointRefusalTest {

    private static final String HERE = "jdbc:postgresql://127.0.0.1:5432/offpeak";

    @Test
    void isArmedWhereEverythingIsOnThisMachine() {
        var simulators = providers(
                new Account("simulated", URI.create("http://127.0.0.1:8090/v1")),
                new Account(null, URI.create("http://localhost:8090/anthropic")));

        assertThatNoException().isThrownBy(() -> FailpointsConfiguration.refuseBesideTheRealWorld(simulators, HERE));
        assertThatNoException()
                .isThrownBy(() -> FailpointsConfiguration.refuseBesideTheRealWorld(providers(null, null), HERE));
    }

    @Test
    void isRefusedWithARealProvider() {
        refused(providers(new Account("a key", null), null), HERE);
        refused(providers(null, new Account(null, URI.create("https://192.0.2.1/v1"))), HERE);
    }

    @Test
    void isRefusedWithADatabaseElsewhere() {
        refused(providers(null, null), "jdbc:postgresql://192.0.2.1:5432/offpeak");
        refused(providers(null, null), "");
    }

    @Test
    void isRefusedWhereNobodySaysThatThisIsATest() {
        assertThatIllegalStateException()
                .isThrownBy(() -> FailpointsConfiguration.refuseUnlessForTests(
                        new FailpointSettings("call.answered=halt", false)))
                .withMessageContaining("OFFPEAK_FAILPOINTS_ONLY_FOR_TESTS");
        assertThatNoException()
                .isThrownBy(() -> FailpointsConfiguration.refuseUnlessForTests(
                        new FailpointSettings("call.answered=halt", true)));
    }

    @Test
    void armsOnlyWithBothSwitches() {
        var context = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FailpointsConfiguration.class))
                .withBean(ProviderSettings.class, () -> providers(null, null))
                .withBean(Sleeper.class, () -> _ -> {})
                .withPropertyValues("spring.datasource.url=" + HERE, "offpeak.failpoints.armed=leadership.shared=on");

        context.run(refused -> assertThat(refused).hasFailed());
        assertThat(Failpoints.on(Failpoint.LEADERSHIP_SHARED)).isFalse();
        context.withPropertyValues("offpeak.failpoints.only-for-tests=true").run(armed -> {
            assertThat(armed).hasNotFailed();
            assertThat(Failpoints.on(Failpoint.LEADERSHIP_SHARED)).isTrue();
        });
        assertThat(Failpoints.on(Failpoint.LEADERSHIP_SHARED))
                .as("closed with its context")
                .isFalse();
    }

    private static void refused(ProviderSettings providers, String databaseUrl) {
        assertThatIllegalStateException()
                .isThrownBy(() -> FailpointsConfiguration.refuseBesideTheRealWorld(providers, databaseUrl))
                .withMessageContaining("loopback");
    }

    private static ProviderSettings providers(@Nullable Account openai, @Nullable Account anthropic) {
        var none = new Account(null, null);
        return new ProviderSettings(
                openai == null ? none : openai,
                anthropic == null ? none : anthropic,
                null,
                Duration.ofSeconds(120),
                Duration.ofSeconds(5));
    }
}
