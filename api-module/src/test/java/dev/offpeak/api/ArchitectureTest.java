package dev.offpeak.api;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.RestController;

class ArchitectureTest {

    private static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.offpeak.api");

    @Test
    void knowsTheWorkerOnlyByItsRows() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.offpeak.worker..",
                        "dev.offpeak.simulator..",
                        "dev.offpeak.standalone..",
                        "com.openai..",
                        "com.anthropic..",
                        "org.jobrunr..")
                .because("API and worker meet in the database alone")
                .check(PRODUCTION);
    }

    @Test
    void leavesSqlToShared() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(JdbcClient.class)
                .because("the API is thin: its tables belong to shared rooms")
                .check(PRODUCTION);
    }

    @Test
    void hasRoomsWithoutCycles() {
        slices().matching("dev.offpeak.api.(*)..").should().beFreeOfCycles().check(PRODUCTION);
    }

    @Test
    void letsNoResourceCallAnother() {
        slices().matching("dev.offpeak.api.(jobs|workflows|costs|admin|batches|webhooks|evaluations|console)..")
                .should()
                .notDependOnEachOther()
                .because("what two resources share lives in shared")
                .check(PRODUCTION);
    }

    @Test
    void hidesControllersAndConfigurations() {
        classes()
                .that()
                .haveSimpleNameEndingWith("Controller")
                .or()
                .haveSimpleNameEndingWith("Configuration")
                .should()
                .notBePublic()
                .because("nothing but Spring calls them")
                .check(PRODUCTION);
    }

    @Test
    void keepsTransactionsOutOfControllers() {
        noClasses()
                .that()
                .areAnnotatedWith(RestController.class)
                .should()
                .beAnnotatedWith(Transactional.class)
                .because("a transaction must not last as long as a slow client")
                .check(PRODUCTION);
    }

    @Test
    void takesTimeFromTheClockAndIdsFromTheirGenerator() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .accessTargetWhere(describe(
                        "is Thread.sleep",
                        (JavaAccess<?> access) -> access.getTargetOwner().isEquivalentTo(Thread.class)
                                && access.getTarget().getName().equals("sleep")))
                .because("a test must be able to move time and know ids")
                .check(PRODUCTION);
    }

    @Test
    void injectsByConstructor() {
        noFields()
                .should()
                .beAnnotatedWith(Autowired.class)
                .because("an object that exists is complete")
                .check(PRODUCTION);
    }
}
