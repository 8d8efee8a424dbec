package org.quorate.cli.doctor;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.quorate.cli.output.Row;

/**
 * Shows how far the clock of each living master's machine is ahead of the database's, as its agent measured it. Nothing
 * in Quorate is decided by these clocks; Buildbot's own times are written by them.
 */
final class DoctorOfClocks {
    /** Buildbot's times are whole seconds: from here on the order of events on its pages is wrong. */
    private static final long WARN_MS = 1_000;
    /** Nightly plans minutes: from here on a master without the plugin runs its schedulers in another minute. */
    private static final long FAIL_MS = 60_000;

    private static final int NAMED = 5;

    private DoctorOfClocks() {}

    /** @param masters rows of {@code cli/masters}; those without a measurement are left out */
    static Finding examine(List<Row> masters) {
        List<Row> measured = masters.stream()
                .filter(row -> row.has("clock_ahead_ms"))
                .sorted(Comparator.comparing(DoctorOfClocks::wrong).reversed())
                .toList();
        if (measured.isEmpty()) {
            return Finding.ok("clocks", "no master alive, or none has measured its clock yet");
        }
        String rest = measured.size() > NAMED ? " and " + (measured.size() - NAMED) + " more, less far" : "";
        String detail =
                measured.stream().limit(NAMED).map(DoctorOfClocks::shown).collect(Collectors.joining(", ")) + rest
                        + " from the database's";
        long worst = wrong(measured.get(0));
        return Finding.of(
                worst <= WARN_MS,
                worst > FAIL_MS ? Finding.Result.FAIL : Finding.Result.WARN,
                "clocks",
                detail,
                "set that machine's clock, and keep it right with NTP (timedatectl shows whether it is): Quorate"
                        + " decides nothing by it, but times on Buildbot's pages are wrong by as much, and the"
                        + " schedulers of a master without the plugin run at the wrong time");
    }

    /** Returns by how many milliseconds the clock is wrong at least. */
    private static long wrong(Row master) {
        return Math.abs(master.number("clock_ahead_ms")) - master.number("clock_error_ms");
    }

    private static String shown(Row master) {
        return String.format(
                Locale.ROOT,
                "%s %+.3f s (to within %.3f s)",
                master.text("name"),
                master.number("clock_ahead_ms") / 1e3,
                master.number("clock_error_ms") / 1e3);
    }
}
