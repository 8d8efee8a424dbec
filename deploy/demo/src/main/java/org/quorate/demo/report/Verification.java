package org.quorate.demo.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.verify.Invariants;
import org.quorate.demo.cluster.Ledger;
import org.quorate.demo.cluster.Ledger.Row;

/**
 * The result of the statements of {@code quorate verify}: the rows that violate each invariant.
 *
 * @param broken for each invariant the sentences about what violates it; an empty list if it holds
 */
public record Verification(Map<String, List<String>> broken) {
    public Verification {
        broken = Collections.unmodifiableMap(new LinkedHashMap<>(broken));
    }

    /** Runs the statements; the caller opens the snapshot in which they read. */
    public static Verification of(Ledger ledger) {
        Map<String, @Nullable Object> all = new HashMap<>();
        all.put("since", null);
        all.put("until", null);
        Map<String, List<String>> broken = new LinkedHashMap<>();
        for (String invariant : Invariants.promises().keySet()) {
            List<Row> rows = ledger.rows("verify/" + invariant.toLowerCase(Locale.ROOT), all);
            broken.put(invariant, rows.stream().map(row -> row.text("what")).toList());
        }
        return new Verification(broken);
    }

    boolean isWhole() {
        return broken.values().stream().allMatch(List::isEmpty);
    }

    public List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "%-6s %-10s %s", "CHECK", "RESULT", "PROMISE"));
        broken.forEach((invariant, what) -> {
            String result = what.isEmpty() ? "ok" : what.size() + " BROKEN";
            lines.add(String.format(
                    Locale.ROOT,
                    "%-6s %-10s %s",
                    invariant,
                    result,
                    Invariants.promises().get(invariant)));
            what.stream().limit(5).forEach(sentence -> lines.add("         " + sentence));
        });
        lines.add(isWhole() ? "VERIFIED" : "VIOLATED");
        return lines;
    }
}
