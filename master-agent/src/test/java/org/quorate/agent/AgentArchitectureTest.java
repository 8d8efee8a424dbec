package org.quorate.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules for dependencies inside the agent. */
@AnalyzeClasses(packages = "org.quorate.agent", importOptions = ImportOption.DoNotIncludeTests.class)
class AgentArchitectureTest {
    @ArchTest
    static final ArchRule no_package_depends_on_the_agent_that_wires_it = noClasses()
            .that()
            .resideInAPackage("org.quorate.agent.*..")
            .and()
            .resideOutsideOfPackages("org.quorate.agent.shell..", "org.quorate.agent.check..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.quorate.agent", "org.quorate.agent.shell..")
            .because("each can be read, tested and replaced by itself");

    @ArchTest
    static final ArchRule the_shell_buildmaster_depends_on_the_link_and_on_no_store = noClasses()
            .that()
            .resideInAPackage("org.quorate.agent.shell..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.quorate.agent",
                    "org.quorate.postgres..",
                    "org.quorate.zookeeper..",
                    "org.quorate.sql..",
                    "org.jdbi..",
                    "org.postgresql..",
                    "org.apache..",
                    "java.sql..")
            .because("what it can do, another buildmaster can do over the same link");

    @ArchTest
    static final ArchRule the_link_the_gateway_and_the_status_pages_ask_no_store = noClasses()
            .that()
            .resideInAnyPackage("org.quorate.agent.link..", "org.quorate.agent.gateway..", "org.quorate.agent.status..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.quorate.postgres..", "org.quorate.zookeeper..", "org.jdbi..", "java.sql..")
            .because("neither a message, nor a worker's bytes, nor a health check may wait for a store");

    @ArchTest
    static final ArchRule no_loop_looks_at_a_wall_clock = noClasses()
            .that()
            .resideOutsideOfPackage("org.quorate.agent.shell..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class)
            .because("only the injected monotonic clock and the database's clock count");

    @ArchTest
    static final ArchRule steps_are_taken_by_loops_only_and_hold_no_thread = noClasses()
            .that()
            .haveSimpleNameEndingWith("Step")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Thread")
            .because("a test calls a step directly");

    @ArchTest
    static final ArchRule there_are_no_cycles =
            slices().matching("org.quorate.agent.(*)..").should().beFreeOfCycles();
}
