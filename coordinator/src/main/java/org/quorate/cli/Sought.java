package org.quorate.cli;

import java.util.List;
import java.util.stream.Collectors;

/** Buildrequests looked up by number, every one of which must be there. */
final class Sought {
    private Sought() {}

    static List<Row> of(Session session, List<Integer> ids) {
        List<Row> rows = session.rows("cli/states", Parameters.of("ids", ids.toArray(Integer[]::new)));
        List<Long> found = rows.stream().map(row -> row.number("id")).toList();
        String missing = ids.stream()
                .filter(id -> !found.contains((long) id))
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            throw Failure.usage("there is no buildrequest " + missing
                    + ", so nothing was changed: list them with quorate requests");
        }
        return rows;
    }
}
