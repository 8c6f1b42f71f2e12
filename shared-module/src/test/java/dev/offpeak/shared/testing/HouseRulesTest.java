package dev.offpeak.shared.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/// A rule that nothing can break holds nothing: each is shown someone who breaks it.
class HouseRulesTest {

    private static final JavaClasses BREAKERS =
            new ClassFileImporter().importClasses(Breaker.class, BreakerImpl.class, HouseRules.class);

    @Test
    void catchesSqlInAnyClass() {
        assertCaught(HouseRules.onlyJdbcClassesSpeakSql());
    }

    @Test
    void catchesRedisInAnyClass() {
        assertCaught(HouseRules.onlyRedisClassesSpeakRedis());
    }

    @Test
    void catchesPublicWiring() {
        var wiring = new ClassFileImporter().importClasses(PublicForTheTestConfiguration.class);

        assertThat(HouseRules.adaptersAndWiringAreNotPublic().evaluate(wiring).hasViolation())
                .isTrue();
    }

    @Test
    void catchesSettingsThatChange() {
        assertCaught(HouseRules.settingsAreRecords());
    }

    @Test
    void catchesInjectedFields() {
        assertCaught(HouseRules.nothingIsInjectedIntoFields());
    }

    @Test
    void catchesTheSystemClock() {
        var report = HouseRules.timeComesFromTheClock()
                .evaluate(BREAKERS)
                .getFailureReport()
                .toString();

        assertThat(report)
                .contains("Instant.now()", "Clock.systemUTC()", "System.currentTimeMillis()")
                .doesNotContain("Instant.now(java.time.Clock)");
    }

    @Test
    void catchesSleepAlsoAsAMethodReference() {
        var report = HouseRules.nobodySleepsButTheSleeper().evaluate(BREAKERS).getFailureReport();

        assertThat(report.getDetails()).anyMatch(detail -> detail.contains("references"));
    }

    @Test
    void catchesIdsMadeOnTheSpot() {
        assertCaught(HouseRules.idsComeFromTheIdGenerator());
    }

    @Test
    void catchesPrinting() {
        assertCaught(HouseRules.nothingPrints());
    }

    @Test
    void catchesNamesThatSayNothing() {
        assertCaught(HouseRules.namesSayWhatAThingIs());
    }

    @Test
    void catchesUnmarkedPackages() {
        var unmarked = new ClassFileImporter().importClasses(UUID.class);

        assertThat(HouseRules.packagesAreNullMarked().evaluate(unmarked).hasViolation())
                .isTrue();
        assertThat(HouseRules.packagesAreNullMarked()
                        .evaluate(HouseRules.tests("dev.offpeak.shared.testing"))
                        .hasViolation())
                .isFalse();
    }

    @Test
    void catchesOtherAssertions() {
        assertCaught(HouseRules.testsAssertWithAssertJ());
    }

    @Test
    void letsExceptionsPass() {
        assertThat(HouseRules.idsComeFromTheIdGenerator("HouseRulesTest")
                        .evaluate(BREAKERS)
                        .hasViolation())
                .isFalse();
    }

    private static void assertCaught(ArchRule rule) {
        assertThat(rule.evaluate(BREAKERS).hasViolation()).isTrue();
    }

    @ConfigurationProperties("offpeak.broken")
    @SuppressWarnings({"unused", "TimeZoneUsage"}) // breaks every rule it can, on purpose
    private static class Breaker {

        @Autowired
        private JdbcClient jdbc = JdbcClient.create(new JdbcTemplate());

        private StringRedisTemplate redis = new StringRedisTemplate();

        Object all(Clock clock, BreakerImpl sleeper) throws InterruptedException {
            sleeper.sleep(Duration.ZERO);
            System.out.println(Instant.now(clock));
            return new Object[] {
                Instant.now(),
                Clock.systemUTC(),
                System.currentTimeMillis(),
                UUID.randomUUID(),
                (BreakerImpl) Thread::sleep,
                Matchers.anything(),
                jdbc,
                redis
            };
        }
    }

    private interface BreakerImpl {
        void sleep(Duration duration) throws InterruptedException;
    }
}
