package org.quorate.cli.frame;

import java.util.List;
import java.util.stream.Collectors;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Row;

/** Looks buildrequests up by number, and rejects a number that does not exist. */
public final class KnownBuildrequests {
    private KnownBuildrequests() {}

    public static List<Row> of(Session session, List<Integer> ids) {
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
