package dev.offpeak.shared;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import dev.offpeak.shared.testing.HouseRules;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Which room of the shared module may know which, and how its code is written.
class SharedArchitectureTest {

    private static final String ROOT = "dev.offpeak.shared.";

    private static final JavaClasses PRODUCTION = HouseRules.production("dev.offpeak.shared", "db.migration");
    private static final JavaClasses TESTS = HouseRules.tests("dev.offpeak.shared");

    @Test
    void looksAtWhatIsThere() {
        assertThat(PRODUCTION.contain("dev.offpeak.shared.jobs.JdbcJobStore")).isTrue();
        assertThat(PRODUCTION.contain(getClass())).isFalse();
        assertThat(TESTS.contain(getClass())).isTrue();
    }

    @Test
    void coreKnowsTheJdkAlone() {
        classes()
                .that()
                .resideInAPackage("dev.offpeak.shared.core..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify.annotations..", "dev.offpeak.shared.core..")
                .because("everything uses it, so it must drag nothing along")
                .check(PRODUCTION);
    }

    @Test
    void roomsAreFreeOfCycles() {
        slices().matching("dev.offpeak.shared.(*)..")
                .should()
                .beFreeOfCycles()
                .because("two rooms that need each other are one room")
                .check(PRODUCTION);
    }

    @Test
    void onlyWhoEnqueuesKnowsTheQueue() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.offpeak.shared.queue..",
                        "dev.offpeak.shared.jobs..",
                        "dev.offpeak.shared.batches..",
                        "dev.offpeak.shared.providerbatches..",
                        "dev.offpeak.shared.webhooks..",
                        "db.migration") // makes JobRunr's tables
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.offpeak.shared.queue..")
                .because("a task is a wake-up; whoever needs none of his own must not know that there are any")
                .check(PRODUCTION);
    }

    @Test
    void theQueueKnowsIdsOnly() {
        noClasses()
                .that()
                .resideInAPackage("dev.offpeak.shared.queue..")
                .should()
                .dependOnClassesThat(roomsBeside("core", "queue"))
                .because("a task carries an id and never data")
                .check(PRODUCTION);
    }

    @Test
    void providersKnowNoOtherFeature() {
        noClasses()
                .that()
                .resideInAPackage("dev.offpeak.shared.providers..")
                .should()
                .dependOnClassesThat(roomsBeside("core", "providers"))
                .because("a request to a provider is the same whatever it is made for")
                .check(PRODUCTION);
    }

    @Test
    void moneyKnowsProvidersButNoJobs() {
        noClasses()
                .that()
                .resideInAPackage("dev.offpeak.shared.ledger..")
                .should()
                .dependOnClassesThat(roomsBeside("core", "providers", "ledger"))
                .because("jobs read their receipt from the ledger; the ledger outlives them")
                .check(PRODUCTION);
    }

    @Test
    void onlyTheQueueKnowsJobRunr() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.offpeak.shared.queue..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jobrunr..")
                .because("what JobRunr is to us stands in one room here and one in the worker")
                .check(PRODUCTION);
    }

    @Test
    void knowsNeitherVendorsNorTheWeb() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "com.openai..",
                        "com.anthropic..",
                        "jakarta.servlet..",
                        "org.springframework.web..",
                        "org.springframework.http..",
                        "org.jobrunr.dashboard..")
                .because("the API and the workers share the domain, not each other's machinery")
                .check(PRODUCTION);
    }

    @Test
    void onlyJdbcClassesSpeakSql() {
        // Both ask JobRunr's own tables what no method of JobRunr answers: which tasks live, and which cannot be read.
        HouseRules.onlyJdbcClassesSpeakSql("JobRunrJobQueue", "UnreadableTasks").check(PRODUCTION);
    }

    @Test
    void onlyRedisClassesSpeakRedis() {
        HouseRules.onlyRedisClassesSpeakRedis().check(PRODUCTION);
    }

    @Test
    void adaptersAndWiringAreNotPublic() {
        HouseRules.adaptersAndWiringAreNotPublic().check(PRODUCTION);
    }

    @Test
    void settingsAreRecords() {
        HouseRules.settingsAreRecords().check(PRODUCTION);
    }

    @Test
    void nothingIsInjectedIntoFields() {
        HouseRules.nothingIsInjectedIntoFields().check(PRODUCTION);
    }

    @Test
    void timeComesFromTheClock() {
        HouseRules.timeComesFromTheClock("SharedConfiguration").check(PRODUCTION); // makes the Clock
    }

    @Test
    void nobodySleepsButTheSleeper() {
        HouseRules.nobodySleepsButTheSleeper("SharedConfiguration").check(PRODUCTION); // makes the Sleeper
    }

    @Test
    void idsComeFromTheIdGenerator() {
        HouseRules.idsComeFromTheIdGenerator().check(PRODUCTION);
    }

    @Test
    void nothingPrints() {
        HouseRules.nothingPrints().check(PRODUCTION);
    }

    @Test
    void namesSayWhatAThingIs() {
        HouseRules.namesSayWhatAThingIs().check(PRODUCTION);
    }

    @Test
    void packagesAreNullMarked() {
        HouseRules.packagesAreNullMarked().check(PRODUCTION);
    }

    @Test
    void testsAssertWithAssertJ() {
        HouseRules.testsAssertWithAssertJ("HouseRulesTest").check(TESTS); // breaks it on purpose
    }

    private static DescribedPredicate<JavaClass> roomsBeside(String... known) {
        var rooms = Set.of(known);
        return DescribedPredicate.describe(
                "are in a room other than " + rooms,
                type -> type.getPackageName().startsWith(ROOT)
                        && !rooms.contains(
                                type.getPackageName().substring(ROOT.length()).split("\\.", 2)[0]));
    }
}
