package org.quorate.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Removes Quorate from a database that it had adopted: triggers, indexes and its two schemas, in one transaction. No
 * row of Buildbot's changes: claims stay with the masters that hold them.
 */
final class Departure {
    private final Connection connection;
    private final Questions questions;
    private final Duration patience;

    Departure(Connection connection, Duration patience) {
        this.connection = connection;
        this.questions = new Questions(connection);
        this.patience = patience;
    }

    private record Trigger(String relation, String dropping) {}

    /** Returns what a departure would do; empty if nothing of Quorate's is there. Throws {@link SchemaRefused}. */
    List<Step> plan() throws SQLException {
        BuildbotTables tables = BuildbotTables.of(questions);
        List<Step> steps = new ArrayList<>();
        if (tables.occupied()) {
            requireLeavable(tables);
            triggersByRelation().forEach((relation, count) -> steps.add(triggers(tables, relation, count)));
        }
        steps.addAll(new Indexes(questions).present());
        if (tables.occupied()) {
            steps.add(new Step(
                    "drop the schemas quorate_v1 and quorate, with the history and "
                            + "the rights that were granted on them",
                    "none of Buildbot's tables",
                    OptionalLong.empty()));
        }
        return steps;
    }

    private void requireLeavable(BuildbotTables tables) throws SQLException {
        if (tables.standalone()) {
            throw new SchemaRefused("this database is standalone, Buildbot's tables in it are Quorate's own and the"
                    + " queue would go with them: to be rid of it all, drop the database");
        }
        tables.requireUnoccupied();
        tables.requireOwnersRights();
        List<String> dependents = questions.rows("schema/dependents", row -> row.getString("name"));
        if (!dependents.isEmpty()) {
            throw new SchemaRefused("views of others read Quorate's, and would go with them: drop "
                    + String.join(", ", dependents) + " first");
        }
    }

    private Map<String, Integer> triggersByRelation() throws SQLException {
        Map<String, Integer> count = new LinkedHashMap<>();
        triggers().forEach(trigger -> count.merge(trigger.relation(), 1, Integer::sum));
        return count;
    }

    private List<Trigger> triggers() throws SQLException {
        return questions.rows(
                "schema/triggers", row -> new Trigger(row.getString("relation"), row.getString("statement")));
    }

    private static Step triggers(BuildbotTables tables, String relation, int count) {
        OptionalLong rows = tables.guarded().stream()
                .filter(table -> table.relation().equals(relation))
                .mapToLong(BuildbotTables.Guarded::rows)
                .findFirst();
        return new Step(
                "drop " + count + (count == 1 ? " trigger on " : " triggers on ") + relation,
                QuietMoment.IN_WHICH_NOBODY_READS,
                rows);
    }

    /** @param remark a line for the server's log */
    void carryOut(String remark) throws SQLException {
        plan();
        connection.setAutoCommit(false);
        try {
            BuildbotTables tables = BuildbotTables.of(questions);
            new QuietMoment(connection, patience)
                    .withoutReads(tables.guarded().stream()
                            .map(BuildbotTables.Guarded::relation)
                            .toList());
            for (Trigger trigger : triggers()) {
                questions.execute(trigger.dropping());
            }
            new Indexes(questions).drop();
            questions.execute("drop schema if exists quorate_v1 cascade");
            questions.execute("drop schema if exists quorate cascade");
            log(remark);
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private void log(String remark) throws SQLException {
        try (var statement = connection.createStatement()) {
            String body = "begin raise log '%', " + statement.enquoteLiteral(remark) + "; end";
            statement.execute("do " + statement.enquoteLiteral(body));
        }
    }
}
