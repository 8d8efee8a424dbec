package org.quorate.cli.output;

import java.util.LinkedHashMap;
import java.util.Map;

/** The exit codes of {@code quorate}: a promise to scripts, printed in every {@code --help}. */
public final class Exit {
    public static final int OK = 0;
    public static final int ERROR = 1;
    public static final int USAGE = 2;
    public static final int PRECONDITION = 3;
    public static final int REFUSED = 4;
    public static final int TIMED_OUT = 5;
    public static final int UNREACHABLE = 6;
    public static final int VIOLATION = 7;
    public static final int IMPAIRED = 8;

    private Exit() {}

    /** Returns the codes and their meanings, in the form that picocli takes. */
    public static Map<String, String> list() {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put(" 0", "done");
        codes.put(" 1", "an error");
        codes.put(" 2", "wrong usage, or nothing could be done");
        codes.put(" 3", "a precondition failed: the schema is missing, too old or too new");
        codes.put(" 4", "refused by a safety rule");
        codes.put(" 5", "timed out; what was begun may still go on");
        codes.put(" 6", "a store is unreachable");
        codes.put(" 7", "a check found a violation");
        codes.put(" 8", "the cluster cannot do some of its work now: status says what");
        return codes;
    }
}
