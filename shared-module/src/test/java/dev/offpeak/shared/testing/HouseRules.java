package dev.offpeak.shared.testing;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/// The rules that hold in every deployable, so that they read alike in each architecture test. What they do not hold
/// for
/// is named by the test that uses them, with its reason.
public final class HouseRules {

    /// The modules' own jars of test classes; ArchUnit itself knows only the folders of Maven.
    private static final ImportOption NOT_A_TEST_JAR = location -> !location.contains("-tests.jar");

    private static final Set<String> WALL_CLOCK_TYPES = Set.of("java.time.Clock", "java.time.InstantSource");

    private HouseRules() {}

    /// What is shipped of these packages.
    public static JavaClasses production(String... packages) {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(NOT_A_TEST_JAR)
                .importPackages(packages);
    }

    /// The tests of these packages in the module that asks.
    public static JavaClasses tests(String... packages) {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                .importPackages(packages);
    }

    /// @param exceptFor simple names of classes that may: each needs its reason where the rule is used
    public static ArchRule onlyJdbcClassesSpeakSql(String... exceptFor) {
        return noClasses()
                .that(areNot("Jdbc.*|.*Configuration", exceptFor))
                .should()
                .dependOnClassesThat(assignableTo("org.springframework.jdbc.core.simple.JdbcClient")
                        .or(assignableTo("org.springframework.jdbc.core.JdbcOperations")))
                .because("SQL that stands in one kind of class can be found, and the others can be tested without it");
    }

    public static ArchRule onlyRedisClassesSpeakRedis() {
        return noClasses()
                .that(areNot("Redis.*|.*Configuration"))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("org.springframework.data.redis..").or(resideInAPackage("io.lettuce..")))
                .because("Redis only makes things fast; what is behind a port can do without it");
    }

    public static ArchRule adaptersAndWiringAreNotPublic() {
        return noClasses()
                .that(named("(Jdbc|Redis|JobRunr)[A-Z].*|.*(Controller|Configuration)"))
                .and()
                .doNotHaveFullyQualifiedName("dev.offpeak.shared.queue.JobRunrSchema") // a migration calls it
                .should()
                .bePublic()
                .because("other packages know the port, and Spring finds what is package-private");
    }

    public static ArchRule settingsAreRecords() {
        return classes()
                .that()
                .areAnnotatedWith("org.springframework.boot.context.properties.ConfigurationProperties")
                .should()
                .beRecords()
                .because("settings are bound once, whole, and nobody changes them later");
    }

    public static ArchRule nothingIsInjectedIntoFields() {
        return fields().should(notBeAnnotatedWithAny(
                        "org.springframework.beans.factory.annotation.Autowired",
                        "org.springframework.beans.factory.annotation.Value",
                        "jakarta.inject.Inject",
                        "jakarta.annotation.Resource"))
                .because("a constructor says what a class needs, and a test can call it");
    }

    /// @param exceptFor simple names of the classes where the system clock enters
    public static ArchRule timeComesFromTheClock(String... exceptFor) {
        return noClasses()
                .that(areNot("", exceptFor))
                .should()
                .accessTargetWhere(readsTheSystemClock())
                .because("a test must be able to move time");
    }

    /// @param exceptFor simple names of the classes that make the one Sleeper
    public static ArchRule nobodySleepsButTheSleeper(String... exceptFor) {
        return noClasses()
                .that(areNot("", exceptFor))
                .should()
                .accessTargetWhere(accessing("java.lang.Thread", "sleep"))
                .because("a test must not wait for what the code waits for");
    }

    /// @param exceptFor simple names of classes that may: each needs its reason where the rule is used
    public static ArchRule idsComeFromTheIdGenerator(String... exceptFor) {
        return noClasses()
                .that(areNot("", exceptFor))
                .and()
                .resideOutsideOfPackage("dev.offpeak.shared.core..")
                .should()
                .accessTargetWhere(accessing(UUID.class.getName(), "randomUUID"))
                .because("our ids carry their time, and a test must be able to know them");
    }

    /// @param exceptFor simple names of the classes whose output is meant for a terminal
    public static ArchRule nothingPrints(String... exceptFor) {
        return noClasses()
                .that(areNot("", exceptFor))
                .should()
                .accessTargetWhere(accessing("java.lang.System", "out|err")
                        .or(accessing("java.lang.Throwable", "printStackTrace")))
                .because("what a process says goes through its log, with keys and a consequence");
    }

    public static ArchRule namesSayWhatAThingIs() {
        return noClasses()
                .should()
                .haveNameMatching(".*(Impl|Manager|Util|Utils|Helper|Dto)")
                .because("such an ending says nothing: ports are bare nouns, adapters name their technology");
    }

    public static ArchRule packagesAreNullMarked() {
        return classes()
                .should(beInANullMarkedPackage())
                .because("without the mark neither the compiler nor a reader knows what may be null");
    }

    /// @param exceptFor simple names of tests that may: each needs its reason where the rule is used
    public static ArchRule testsAssertWithAssertJ(String... exceptFor) {
        return noClasses()
                .that(areNot("", exceptFor))
                .should()
                .dependOnClassesThat(assignableTo("org.junit.jupiter.api.Assertions")
                        .or(resideInAPackage("org.hamcrest.."))
                        .or(resideInAPackage("junit.."))
                        .or(resideInAPackage("org.junit"))) // JUnit 4
                .because("one way to assert reads alike everywhere, and its failures say most");
    }

    private static DescribedPredicate<JavaClass> named(String simpleName) {
        var pattern = Pattern.compile(simpleName);
        return DescribedPredicate.describe(
                "are named " + simpleName,
                type -> pattern.matcher(outermost(type)).matches());
    }

    private static DescribedPredicate<JavaClass> areNot(String simpleName, String... orOneOf) {
        var others = List.of(orOneOf);
        return DescribedPredicate.describe(
                "are not named " + simpleName + (others.isEmpty() ? "" : " or one of " + others),
                type -> !Pattern.matches(simpleName, outermost(type)) && !others.contains(outermost(type)));
    }

    /// A nested or anonymous class is part of the class in whose file it stands.
    private static String outermost(JavaClass type) {
        String name = type.getName().substring(type.getPackageName().length()).replaceFirst("^\\.", "");
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private static DescribedPredicate<JavaAccess<?>> accessing(String owner, String names) {
        return DescribedPredicate.describe(
                owner + "." + names,
                access -> access.getTargetOwner().isAssignableTo(owner)
                        && access.getTarget().getName().matches(names));
    }

    /// `now` with a zone or nothing; with a clock it is what we want.
    private static DescribedPredicate<JavaAccess<?>> readsTheSystemClock() {
        DescribedPredicate<JavaAccess<?>> now = DescribedPredicate.describe(
                "now() of java.time",
                access -> access.getTargetOwner().getPackageName().startsWith("java.time")
                        && access.getTarget().getName().equals("now")
                        && parameters(access).noneMatch(WALL_CLOCK_TYPES::contains));
        return now.or(accessing("java.lang.System", "currentTimeMillis"))
                .or(accessing(Clock.class.getName(), "system.*"))
                .or(accessing(InstantSource.class.getName(), "system"));
    }

    private static Stream<String> parameters(JavaAccess<?> access) {
        return access.getTarget() instanceof CodeUnitAccessTarget target
                ? target.getRawParameterTypes().stream().map(JavaClass::getName)
                : Stream.empty();
    }

    private static ArchCondition<JavaField> notBeAnnotatedWithAny(String... annotations) {
        return new ArchCondition<>("not be annotated with " + Arrays.toString(annotations)) {
            @Override
            public void check(JavaField field, ConditionEvents events) {
                for (String annotation : annotations) {
                    if (field.isAnnotatedWith(annotation)) {
                        events.add(SimpleConditionEvent.violated(field, field.getDescription() + " is injected"));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> beInANullMarkedPackage() {
        return new ArchCondition<>("be in a @NullMarked package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                    events.add(SimpleConditionEvent.violated(
                            type, "The package of " + type.getName() + " has no package-info with @NullMarked"));
                }
            }
        };
    }
}
