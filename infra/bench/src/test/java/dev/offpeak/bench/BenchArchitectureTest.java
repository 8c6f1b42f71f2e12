package dev.offpeak.bench;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BenchArchitectureTest {

    private static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.offpeak.bench");

    @Test
    void knowsNoClassOfOffpeak() {
        noClasses()
                .should()
                .dependOnClassesThat(describe(
                        "belong to Offpeak itself",
                        (JavaClass type) -> type.getPackageName().startsWith("dev.offpeak.")
                                && !type.getPackageName().startsWith("dev.offpeak.bench")))
                .because("it measures from outside, over HTTP only")
                .check(PRODUCTION);
    }

    @Test
    void keepsStockJobRunrInOneRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.offpeak.bench.stock")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jobrunr..", "com.zaxxer..")
                .because("Offpeak is measured against it, not with it")
                .check(PRODUCTION);
    }

    @Test
    void talksToADatabaseInFewPlaces() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.offpeak.bench.stock", "dev.offpeak.bench.faults")
                .and()
                .haveSimpleNameNotStartingWith("Jdbc")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.sql..")
                .because("Offpeak is measured over HTTP; what HTTP does not tell is asked in classes that say so")
                .check(PRODUCTION);
    }

    @Test
    void takesTimeFromTheClock() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .because("a wait has a bound, and a wall time a clock that is handed in")
                .check(PRODUCTION);
    }
}
