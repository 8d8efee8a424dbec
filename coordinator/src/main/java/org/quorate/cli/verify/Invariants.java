package org.quorate.cli.verify;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.HistoryWindow;
import org.quorate.cli.output.Row;

/** The nine checks. Each is a statement that returns the rows which break its invariant. */
public final class Invariants {
    /** A broken database may have millions. */
    private static final int COUNTED = 1000;

    private static final int SHOWN = 20;
    private static final Map<String, String> PROMISES = new LinkedHashMap<>();

    static {
        PROMISES.put("I1", "at most one live claim per buildrequest");
        PROMISES.put("I2", "a live claim has the epoch of an active master");
        PROMISES.put("I3", "only its holder completes a buildrequest");
        PROMISES.put("I4", "a buildrequest completes at most once");
        PROMISES.put("I5", "no buildrequest is lost");
        PROMISES.put("I6", "epochs and terms only grow");
        PROMISES.put("I7", "one owner per term, one tick per occasion");
        PROMISES.put("I8", "only the current leader fences");
        PROMISES.put("I9", "replaying the history gives the present tables");
    }

    private Invariants() {}

    /** Returns the invariants in order: name to promise. */
    public static Map<String, String> promises() {
        return Collections.unmodifiableMap(PROMISES);
    }

    /** Returns one row per check. The caller holds one snapshot. */
    static List<Row> check(Session session, HistoryWindow window) {
        return PROMISES.keySet().stream()
                .map(check -> check(session, window, check))
                .toList();
    }

    static boolean holds(Row check) {
        return check.text("result").equals("ok");
    }

    private static Row check(Session session, HistoryWindow window, String check) {
        List<Row> violations = session.rows("verify/" + check.toLowerCase(Locale.ROOT), window.parameters(), COUNTED);
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put("check", check);
        values.put("promise", PROMISES.get(check));
        values.put("result", result(violations.size()));
        values.put("detail", violations.isEmpty() ? "" : description(violations.get(0)));
        values.put(
                "violations",
                new ArrayList<>(violations.stream()
                        .limit(SHOWN)
                        .map(Invariants::description)
                        .toList()));
        return new Row(values);
    }

    private static String result(int violations) {
        if (violations == 0) {
            return "ok";
        }
        return violations + (violations == COUNTED ? " or more" : "") + " VIOLATED";
    }

    /** Returns the column {@code what}, which each of these statements has. */
    private static String description(Row violation) {
        return violation.text("what");
    }
}
