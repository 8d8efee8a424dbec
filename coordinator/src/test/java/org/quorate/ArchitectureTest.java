package org.quorate;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.quorate.claim.Claims;
import org.quorate.event.Events;
import org.quorate.master.Ensemble;
import org.quorate.master.Masters;
import org.quorate.scheduler.Schedulers;

/** The rules of the module's structure, each with its reason. */
@AnalyzeClasses(packages = "org.quorate", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] PURE = {
        "org.quorate.time..",
        "org.quorate.identity..",
        "org.quorate.master..",
        "org.quorate.scheduler..",
        "org.quorate.claim..",
        "org.quorate.event..",
        "org.quorate.health.."
    };

    @ArchTest
    static final ArchRule the_rules_know_nothing_but_the_language = classes()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(PURE).or(resideInAnyPackage("java..", "org.jspecify..")))
            .because(
                    "a decision that uses no library can be tested thousands of times a second and outlives libraries");

    @ArchTest
    static final ArchRule the_rules_touch_nothing_outside_of_the_process = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.io..", "java.net..", "java.nio.file..", "java.nio.channels..", "java.sql..")
            .because("only the adapters have effects outside of the process");

    @ArchTest
    static final ArchRule the_rules_are_handed_time_and_chance_and_start_no_threads = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .accessTargetWhere(callsAnyOf(
                    "java.lang.System.nanoTime",
                    "java.lang.System.currentTimeMillis",
                    "java.lang.Math.random",
                    "java.util.UUID.randomUUID",
                    "java.lang.Thread.<init>",
                    "java.lang.Thread.sleep"))
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.util\\.(Random|concurrent\\.(ThreadLocalRandom|Executors|locks\\..*))")
            .because("a test must be able to choose the time, the random numbers and the order of events");

    @ArchTest
    static final ArchRule nobody_reads_the_wall_clock = noClasses()
            .should()
            .accessTargetWhere(callsAnyOf(
                    "java.lang.System.currentTimeMillis",
                    "java.time.Instant.now",
                    "java.time.LocalDateTime.now",
                    "java.time.OffsetDateTime.now",
                    "java.time.ZonedDateTime.now",
                    "java.util.Date.<init>"))
            .because("between machines only the database's clock counts, within a process only the monotonic clock");

    @ArchTest
    static final ArchRule only_a_waiting_operator_sleeps = noClasses()
            .that()
            .resideOutsideOfPackage("org.quorate.cli..")
            .and()
            // waits while an operator adopts or leaves
            .doNotHaveFullyQualifiedName("org.quorate.sql.QuietMoment")
            .should()
            .accessTargetWhere(callsAnyOf("java.lang.Thread.sleep", "java.util.concurrent.TimeUnit.sleep"))
            .because("a loop waits for a wake-up, with a time limit, so that it can be closed");

    @ArchTest
    static final ArchRule masters_come_first = noClasses()
            .that()
            .resideInAPackage("org.quorate.master..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.quorate.scheduler..", "org.quorate.claim..", "org.quorate.event..")
            .because("the rules of trust must not depend on what is built");

    @ArchTest
    static final ArchRule schedulers_claims_and_events_are_strangers = slices().matching(
                    "org.quorate.(scheduler|claim|event)..")
            .should()
            .notDependOnEachOther()
            .because("ownership, claims and events are decided independently of each other");

    @ArchTest
    static final ArchRule the_stores_do_not_know_each_other = slices().matching("org.quorate.(postgres|zookeeper)..")
            .should()
            .notDependOnEachOther()
            .because("each may be down alone, and the agent decides what happens then");

    @ArchTest
    static final ArchRule only_postgres_sees_the_pool = noClasses()
            .that(resideOutsideOfPackages("org.quorate.postgres..", "org.quorate.sql.."))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.jdbi..", "com.zaxxer..")
            .because("the meaning of a commit in the protocol is defined in one place");

    @ArchTest
    static final ArchRule only_two_clients_see_the_driver = noClasses()
            .that(resideOutsideOfPackages(
                    "org.quorate.postgres..", "org.quorate.sql..", "org.quorate.cli..", "org.quorate.embedded.."))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.postgresql..")
            .because("the command calls quorate_v1 as any other client does; nobody else needs SQL");

    @ArchTest
    static final ArchRule only_zookeeper_sees_curator = noClasses()
            .that(resideOutsideOfPackages("org.quorate.zookeeper.."))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.curator..", "org.apache.zookeeper..")
            .because("Curator sometimes reports a success that did not happen, and one package must handle that");

    @ArchTest
    static final ArchRule nobody_depends_on_the_command = noClasses()
            .that()
            .resideOutsideOfPackage("org.quorate.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.quorate.cli..")
            .because("it is one of several clients, and must be free to change");

    @ArchTest
    static final ArchRule packages_form_no_cycle = slices().matching("org.quorate.(*)..")
            .should()
            .beFreeOfCycles()
            .because("a reader must be able to understand one package alone");

    @ArchTest
    static final ArchRule an_adapter_of_the_database_says_so = classes()
            .that()
            .areAssignableTo(describe("a port to the database", ArchitectureTest::isDatabasePort))
            .and()
            .areNotInterfaces()
            .should()
            .resideInAPackage("org.quorate.postgres")
            .andShould()
            .haveSimpleNameStartingWith("Postgres")
            .because("a port is named by a plain noun, and an adapter also by its technology");

    @ArchTest
    static final ArchRule an_adapter_of_the_ensemble_says_so = classes()
            .that()
            .areAssignableTo(Ensemble.class)
            .and()
            .areNotInterfaces()
            .should()
            .resideInAPackage("org.quorate.zookeeper")
            .andShould()
            .haveSimpleNameStartingWith("Curator")
            .because("a port is named by a plain noun, and an adapter also by its technology");

    @ArchTest
    static final ArchRule names_say_what_a_thing_is = noClasses()
            .should()
            .haveNameMatching(".*\\.\\w*(Util|Utils|Helper|Manager|Impl|Common)")
            .because("such a name shows that the design is not finished");

    @ArchTest
    static void every_package_is_checked_for_nulls(JavaClasses classes) {
        Set<JavaPackage> unmarked = classes.stream()
                .filter(type -> type.getPackageName().startsWith("org.quorate."))
                .map(JavaClass::getPackage)
                .filter(type -> !type.isAnnotatedWith(NullMarked.class))
                .collect(Collectors.toSet());

        assertThat(unmarked)
                .as("packages without package-info.java or without @NullMarked in it")
                .isEmpty();
    }

    private static boolean isDatabasePort(JavaClass type) {
        return type.isEquivalentTo(Masters.class)
                || type.isEquivalentTo(Claims.class)
                || type.isEquivalentTo(Schedulers.class)
                || type.isEquivalentTo(Events.class);
    }

    private static DescribedPredicate<JavaAccess<?>> callsAnyOf(String... targets) {
        Set<String> names = Set.of(targets);
        return describe(
                "calls one of " + String.join(", ", targets),
                access -> names.contains(access.getTargetOwner().getName() + "."
                        + access.getTarget().getName()));
    }
}
