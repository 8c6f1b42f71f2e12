package dev.offpeak.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.offpeak.shared.testing.HouseRules;
import org.junit.jupiter.api.Test;

/// Which deployable may know which; only here are all of them at hand. And how standalone and simulator are written.
class HouseArchitectureTest {

    private static final String API = "dev.offpeak.api..";
    private static final String WORKER = "dev.offpeak.worker..";
    private static final String SHARED = "dev.offpeak.shared..";
    private static final String SIMULATOR = "dev.offpeak.simulator..";
    private static final String STANDALONE = "dev.offpeak.standalone..";

    private static final JavaClasses ALL = HouseRules.production("dev.offpeak");
    private static final JavaClasses OURS = HouseRules.production("dev.offpeak.standalone", "dev.offpeak.simulator");
    private static final JavaClasses TESTS = HouseRules.tests("dev.offpeak.standalone");

    @Test
    void looksAtWhatIsThere() {
        assertThat(ALL.containPackage("dev.offpeak.api")).isTrue();
        assertThat(ALL.containPackage("dev.offpeak.worker.engine")).isTrue();
        assertThat(ALL.containPackage("dev.offpeak.shared.jobs")).isTrue();
        assertThat(ALL.containPackage("dev.offpeak.simulator")).isTrue();
        assertThat(ALL.contain(Standalone.class)).isTrue();
        assertThat(ALL.contain(HouseRules.class)).isFalse();
        assertThat(TESTS.contain(getClass())).isTrue();
    }

    @Test
    void theApiKnowsNoWorker() {
        noClasses()
                .that()
                .resideInAPackage(API)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(WORKER)
                .because("they meet in PostgreSQL, so that each can be stopped, killed and multiplied alone")
                .check(ALL);
    }

    @Test
    void theWorkerKnowsNoApi() {
        noClasses()
                .that()
                .resideInAPackage(WORKER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(API)
                .because("they meet in PostgreSQL, so that each can be stopped, killed and multiplied alone")
                .check(ALL);
    }

    @Test
    void theSharedModuleKnowsNobody() {
        noClasses()
                .that()
                .resideInAPackage(SHARED)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(API, WORKER, SIMULATOR, STANDALONE)
                .because("it is the language that the others speak")
                .check(ALL);
    }

    @Test
    void theSimulatorSharesNoCodeWithUs() {
        noClasses()
                .that()
                .resideInAPackage(SIMULATOR)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(API, WORKER, SHARED, STANDALONE)
                .because("a misunderstanding on both sides would cancel out")
                .check(ALL);
    }

    @Test
    void nobodyInProductionKnowsSimulatorOrStandalone() {
        noClasses()
                .that()
                .resideInAnyPackage(API, WORKER, SHARED)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(SIMULATOR, STANDALONE)
                .because("in production there is neither")
                .check(ALL);
    }

    @Test
    void controllersAreNotPublic() {
        // The simulator scans nothing: its application imports the wiring of each room by name, so that is public.
        noClasses()
                .that()
                .haveSimpleNameEndingWith("Controller")
                .should()
                .bePublic()
                .because("Spring finds what is package-private, and nobody else calls a controller")
                .check(OURS);
    }

    @Test
    void settingsAreRecords() {
        HouseRules.settingsAreRecords().allowEmptyShould(true).check(OURS);
    }

    @Test
    void nothingIsInjectedIntoFields() {
        HouseRules.nothingIsInjectedIntoFields().check(OURS);
    }

    @Test
    void timeComesFromTheClock() {
        HouseRules.timeComesFromTheClock("SimulatorConfiguration").check(OURS); // makes the simulator's Clock
    }

    @Test
    void nobodySleepsButTheSleeper() {
        HouseRules.nobodySleepsButTheSleeper().check(OURS);
    }

    @Test
    void idsComeFromTheIdGenerator() {
        HouseRules.idsComeFromTheIdGenerator().check(OURS);
    }

    @Test
    void nothingPrintsButTheTerminal() {
        HouseRules.nothingPrints("Terminal").check(OURS); // speaks to the person who typed the command
    }

    @Test
    void namesSayWhatAThingIs() {
        HouseRules.namesSayWhatAThingIs().check(OURS);
    }

    @Test
    void packagesAreNullMarked() {
        HouseRules.packagesAreNullMarked().check(OURS);
    }

    @Test
    void testsAssertWithAssertJ() {
        HouseRules.testsAssertWithAssertJ().check(TESTS);
    }
}
