package org.quorate.cli.frame;

import java.util.List;
import java.util.Map;
import org.quorate.cli.connection.Session;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;
import org.quorate.config.Guess;

/** The names that the cluster knows. A mistyped name is rejected, with the nearest one as a suggestion. */
public final class Names {
    private final List<Row> rows;

    private Names(List<Row> rows) {
        this.rows = List.copyOf(rows);
    }

    public static Names of(Session session) {
        return new Names(session.rows("cli/names", Map.of()));
    }

    /**
     * Throws a {@link Failure} that suggests the nearest name, unless the cluster knows the name.
     *
     * @param kind {@code master}, {@code scheduler} or {@code builder}
     */
    public void require(String kind, String name) {
        List<String> known = rows.stream()
                .filter(row -> row.text("kind").equals(kind))
                .map(row -> row.text("name"))
                .toList();
        if (!known.contains(name)) {
            throw Failure.usage(
                    "there is no " + kind + " " + Text.shortened(name, 80) + "; " + Guess.among(name, known));
        }
    }
}
