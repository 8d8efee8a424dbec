package org.quorate.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import javax.sql.DataSource;

/**
 * Installs Quorate in a database that Buildbot has created, or updates it there: two schemas of its own, triggers on
 * Buildbot's tables, and indexes. No column, constraint or row of Buildbot's changes.
 */
final class Adoption {
    private final DataSource database;
    private final Connection connection;
    private final Questions questions;
    private final Duration patience;

    Adoption(DataSource database, Connection connection, Duration patience) {
        this.database = database;
        this.connection = connection;
        this.questions = new Questions(connection);
        this.patience = patience;
    }

    /** Returns what an adoption would do; empty if everything is there. Throws {@link SchemaRefused}. */
    List<Step> plan(String cluster, boolean indexes) throws SQLException {
        BuildbotTables tables = BuildbotTables.of(questions);
        tables.requireAdoptable();
        if (tables.ours()) {
            Schema.requireCluster(questions, cluster);
        }
        List<String> due = Migrations.ofQuorate(database, patience).due();
        List<Step> steps = new ArrayList<>();
        if (!due.isEmpty()) {
            steps.add(new Step(
                    (tables.ours() ? "update" : "make") + " the schemas quorate and quorate_v1 (migrations "
                            + String.join(", ", due) + ") beside Buildbot's tables of version " + tables.version()
                            + ", for " + tables.role() + " alone until it grants rights on them",
                    "none of Buildbot's tables",
                    OptionalLong.empty()));
            tables.guarded().stream().map(Adoption::triggers).forEach(steps::add);
        }
        if (indexes) {
            steps.addAll(new Indexes(questions).missing());
        }
        return steps;
    }

    private static Step triggers(BuildbotTables.Guarded table) {
        return new Step(
                (table.triggers() == 0 ? "put triggers on " : "see to the triggers on ") + table.relation(),
                QuietMoment.IN_WHICH_NOBODY_WRITES,
                OptionalLong.of(table.rows()));
    }

    void carryOut(String cluster, boolean indexes) throws SQLException {
        plan(cluster, indexes);
        boolean first = !BuildbotTables.of(questions).occupied();
        try {
            Migrations.ofQuorate(database, patience).apply();
        } catch (RuntimeException e) {
            if (first) {
                // the transaction was rolled back, so the schema is empty
                questions.execute("drop schema if exists quorate cascade");
            }
            throw e;
        }
        Schema.found(connection, cluster);
        if (indexes) {
            new Indexes(questions).make();
        }
    }
}
