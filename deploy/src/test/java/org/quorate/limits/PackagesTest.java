package org.quorate.limits;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Map;
import java.util.stream.Collectors;
import org.quorate.cli.Extension;

/** Limits on packages and constructors of all modules. */
@AnalyzeClasses(packages = "org.quorate", importOptions = ImportOption.DoNotIncludeTests.class)
class PackagesTest {
    private static final int TYPES_MAX = 25;
    private static final int PARAMETERS_MAX = 8;

    @ArchTest
    static void no_package_has_more_than_25_types(JavaClasses classes) {
        Map<String, Long> sizes = classes.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));

        sizes.values().removeIf(size -> size <= TYPES_MAX);
        assertThat(sizes)
                .as("a package has one duty, so that a reader can keep all its types in mind")
                .isEmpty();
    }

    @ArchTest
    static final ArchRule packages_form_no_cycle = slices().assignedFrom(onePackageEach())
            .should()
            .beFreeOfCycles()
            .because("a package must be readable without those that use it");

    @ArchTest
    static final ArchRule no_constructor_has_more_than_8_parameters = classes()
            .that()
            .areNotRecords()
            .should(haveNoLongConstructor())
            .because("a class that needs more parts does more than one thing; a record's components are its data");

    @ArchTest
    static final ArchRule what_is_public_in_the_agent_is_used_by_another_room = classes()
            .that()
            .resideInAPackage("org.quorate.agent..")
            .and()
            .areTopLevelClasses()
            .and()
            .arePublic()
            .and()
            .doNotHaveFullyQualifiedName("org.quorate.agent.Main")
            .and()
            // the agent uses it by type inference, which leaves no name in the byte code
            .doNotHaveFullyQualifiedName("org.quorate.agent.gateway.Destination")
            .and()
            // the service loader creates it
            .areNotAssignableTo(Extension.class)
            .should(beUsedByAnotherPackage())
            .because("public is a promise");

    private static SliceAssignment onePackageEach() {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return SliceIdentifier.of(type.getPackageName());
            }

            @Override
            public String getDescription() {
                return "packages";
            }
        };
    }

    private static ArchCondition<JavaClass> haveNoLongConstructor() {
        return new ArchCondition<>("have no constructor of more than " + PARAMETERS_MAX + " parameters") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaConstructor constructor : type.getConstructors()) {
                    int count = constructor.getRawParameterTypes().size();
                    boolean made = constructor.getModifiers().contains(JavaModifier.SYNTHETIC);
                    if (count > PARAMETERS_MAX && !made && !type.isEnum() && !type.isAnonymousClass()) {
                        events.add(SimpleConditionEvent.violated(type, constructor.getFullName() + " has " + count));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> beUsedByAnotherPackage() {
        return new ArchCondition<>("be used by another package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean used = type.getPackage().getClasses().stream()
                        .filter(each -> each.equals(type) || each.getName().startsWith(type.getName() + "$"))
                        .flatMap(each -> each.getDirectDependenciesToSelf().stream())
                        .anyMatch(use -> !use.getOriginClass().getPackageName().equals(type.getPackageName()));
                if (!used) {
                    events.add(SimpleConditionEvent.violated(type, type.getName() + " need not be public"));
                }
            }
        };
    }
}
