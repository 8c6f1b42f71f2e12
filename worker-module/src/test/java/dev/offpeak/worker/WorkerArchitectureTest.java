package dev.offpeak.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.offpeak.shared.testing.HouseRules;
import org.junit.jupiter.api.Test;

/// Which room of the worker may know which, and how its code is written.
class WorkerArchitectureTest {

    private static final JavaClasses PRODUCTION = HouseRules.production("dev.offpeak.worker");
    private static final JavaClasses TESTS = HouseRules.tests("dev.offpeak.worker");

    @Test
    void looksAtWhatIsThere() {
        assertThat(PRODUCTION.contain("dev.offpeak.worker.engine.Engine")).isTrue();
        assertThat(PRODUCTION.contain(getClass())).isFalse();
        assertThat(TESTS.contain(getClass())).isTrue();
    }

    @Test
    void onlyTheOpenAiRoomKnowsItsSdk() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.offpeak.worker.providers.openai..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.openai..")
                .because("another provider must cost one package, not a rewrite")
                .check(PRODUCTION);
    }

    @Test
    void onlyTheAnthropicRoomKnowsItsSdk() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.offpeak.worker.providers.anthropic..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.anthropic..")
                .because("another provider must cost one package, not a rewrite")
                .check(PRODUCTION);
    }

    @Test
    void onlyTheEngineKnowsJobRunr() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.offpeak.worker.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jobrunr..")
                .because("what a task does must not depend on who runs it")
                .check(PRODUCTION);
    }

    @Test
    void nobodyKnowsTheAdaptersOfProviders() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.offpeak.worker.providers..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.offpeak.worker.providers..")
                .because("Spring hands the port in; whoever needs a provider means any")
                .check(PRODUCTION);
    }

    @Test
    void adaptersOfProvidersKnowNobodyElse() {
        noClasses()
                .that()
                .resideInAPackage("dev.offpeak.worker.providers..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.offpeak.worker.engine..",
                        "dev.offpeak.worker.generation..",
                        "dev.offpeak.worker.lanes..",
                        "dev.offpeak.worker.maintenance..",
                        "dev.offpeak.worker.webhooks..",
                        "dev.offpeak.shared.jobs..",
                        "dev.offpeak.shared.queue..")
                .because("a request to a provider is the same whatever it is made for")
                .check(PRODUCTION);
    }

    @Test
    void nobodyKnowsWhichLanesThereAre() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.offpeak.worker.lanes.*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.offpeak.worker.lanes.*..")
                .because("lanes are chosen through the port in the root of their room")
                .check(PRODUCTION);
    }

    @Test
    void lanesKnowNeitherTheEngineNorWhoUsesThem() {
        noClasses()
                .that()
                .resideInAPackage("dev.offpeak.worker.lanes..")
                .and()
                .resideOutsideOfPackage("dev.offpeak.worker.lanes.batch..") // its batches are work of their own: below
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.offpeak.worker.engine..",
                        "dev.offpeak.worker.generation..",
                        "dev.offpeak.worker.webhooks..",
                        "dev.offpeak.shared.queue..")
                .because("a lane answers a request; who holds the job is not its concern")
                .check(PRODUCTION);
    }

    @Test
    void theBatchLaneKnowsTheEngineButNotWhoUsesIt() {
        noClasses()
                .that()
                .resideInAPackage("dev.offpeak.worker.lanes.batch..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.offpeak.worker.generation..", "dev.offpeak.worker.webhooks..")
                .because("a provider batch is claimed and woken like a job, and knows nothing of the way of one")
                .check(PRODUCTION);
    }

    @Test
    void nobodyCallsTheDispatcherOfWebhooks() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.offpeak.worker.webhooks..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.offpeak.worker.webhooks..")
                .because("it reads rows that others wrote in their own transactions")
                .check(PRODUCTION);
    }

    @Test
    void nobodyCallsGeneration() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.offpeak.worker.generation..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.offpeak.worker.generation..")
                .because("it is woken by tasks alone")
                .check(PRODUCTION);
    }

    @Test
    void maintenanceKnowsNoOtherRoom() {
        noClasses()
                .that()
                .resideInAPackage("dev.offpeak.worker.maintenance..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.offpeak.worker.engine..",
                        "dev.offpeak.worker.generation..",
                        "dev.offpeak.worker.lanes..",
                        "dev.offpeak.worker.webhooks..")
                .because("the others hand their upkeep to it, so a new room changes nothing here")
                .check(PRODUCTION);
    }

    @Test
    void roomsAreFreeOfCycles() {
        slices().matching("dev.offpeak.worker.(*)..")
                .should()
                .beFreeOfCycles()
                .because("two rooms that need each other are one room")
                .check(PRODUCTION);
    }

    @Test
    void onlyJdbcClassesSpeakSql() {
        // Both work on the engine's own pool: the registry is the heart beat, the depth is a count of JobRunr's rows.
        HouseRules.onlyJdbcClassesSpeakSql("WorkerRegistry", "QueueDepth", "OldestDueTask")
                .check(PRODUCTION);
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
        HouseRules.timeComesFromTheClock().check(PRODUCTION);
    }

    @Test
    void nobodySleepsButTheSleeper() {
        HouseRules.nobodySleepsButTheSleeper().check(PRODUCTION);
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
        HouseRules.testsAssertWithAssertJ().check(TESTS);
    }
}
