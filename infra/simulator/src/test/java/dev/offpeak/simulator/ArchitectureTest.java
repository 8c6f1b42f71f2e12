package dev.offpeak.simulator;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.offpeak.simulator");

    @Test
    void sharesNoCodeWithOffpeak() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.offpeak..").and(not(resideInAPackage("dev.offpeak.simulator.."))))
                .because("a misunderstanding on both sides would cancel out")
                .check(PRODUCTION);
    }

    @Test
    void hasFeaturesWithoutCycles() {
        slices().matching("dev.offpeak.simulator.(*)..")
                .should()
                .beFreeOfCycles()
                .check(PRODUCTION);
    }

    @Test
    void takesTheTimeFromItsClock() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .because("a test must be able to move time")
                .check(PRODUCTION);
    }
}
