package org.quorate.cli.doctor;

import java.util.ArrayList;
import java.util.List;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.health.HealthReading;
import org.quorate.health.Lack;
import org.quorate.health.Lack.Subject;

/** The findings about what the cluster cannot do now, by the same rule as {@code quorate status}. */
final class DoctorOfHealth {
    /** A check, with what it prints if nothing lacks. */
    private record Check(Subject subject, String name, String well) {}

    private static final List<Check> CHECKS = List.of(
            new Check(Subject.MASTERS, "masters", "one or more take buildrequests"),
            new Check(Subject.HOUSEKEEPER, "housekeeper", "every dead master is failed over"),
            new Check(Subject.BUILDMASTERS, "buildmasters", "none fails to start"),
            new Check(Subject.BUILDERS, "builders", "each with pending requests is offered"),
            new Check(Subject.SCHEDULERS, "schedulers", "each enabled scheduler has an owner"),
            new Check(Subject.SET_ASIDE, "set aside", "no buildrequest"),
            new Check(Subject.GIVEN_BACK, "given back", "no buildrequest again and again"));

    private DoctorOfHealth() {}

    static List<Finding> examine(HealthReading reading, AliveMasters aliveMasters) {
        List<Lack> lacks = reading.lacks(aliveMasters);
        List<Finding> findings = new ArrayList<>();
        for (Check check : CHECKS) {
            List<Lack> found = lacks.stream()
                    .filter(lack -> lack.subject() == check.subject())
                    .toList();
            if (found.isEmpty()) {
                findings.add(Finding.ok(check.name(), check.well()));
            }
            found.forEach(
                    lack -> findings.add(new Finding(check.name(), result(check.subject()), lack.what(), lack.mend())));
        }
        return findings;
    }

    /** What ends by itself within seconds, or is tried again by itself, is no fault yet. */
    private static Finding.Result result(Subject subject) {
        return subject == Subject.HOUSEKEEPER || subject == Subject.SET_ASIDE
                ? Finding.Result.WARN
                : Finding.Result.FAIL;
    }
}
