package org.quorate.faults;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A promise that was not kept.
 *
 * @param check the name of the check
 * @param what what happened
 * @param evidence the offending rows, from the history or elsewhere
 */
record Violation(String check, String what, List<String> evidence) {
    /** The number of rows that are shown for each check; all are counted. */
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
