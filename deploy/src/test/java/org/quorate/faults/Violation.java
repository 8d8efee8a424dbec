package org.quorate.faults;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A promise that was not kept.
 *
 * @param check which
 * @param what happened
 * @param evidence the offending rows, as they stand in the history or elsewhere
 */
record Violation(String check, String what, List<String> evidence) {
    /** Of each check no more are shown; all are counted. */
    private static final int SHOWN = 10;

    Violation {
        evidence = List.copyOf(evidence);
    }

    String text() {
        return check + ": " + what + "\n"
                + evidence.stream().limit(SHOWN).map(row -> "    " + row + "\n").collect(Collectors.joining())
                + (evidence.size() > SHOWN ? "    and " + (evidence.size() - SHOWN) + " more\n" : "");
    }
}
