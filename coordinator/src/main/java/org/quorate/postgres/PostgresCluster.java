package org.quorate.postgres;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import java.util.UUID;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.sql.Schema;

/** The cluster to which the database belongs, and whether this program supports its schema. Thread-safe. */
public final class PostgresCluster {
    private final PostgresDatabase database;

    public PostgresCluster(PostgresDatabase database) {
        this.database = database;
    }

    /** Returns one sentence that says why this program cannot use the database for this cluster; empty when it can. */
    public Optional<String> objection(String cluster) {
        try {
            return Schema.of(database.dataSource()).check(cluster).or(this::sequenceBehind);
        } catch (SQLException e) {
            throw e instanceof SQLTransientConnectionException
                    ? database.noSession(e)
                    : new DatabaseUnreachable("PostgreSQL is unreachable: " + e.getMessage(), e);
        }
    }

    /**
     * Returns a sentence if the next line of the history, or the next event, would get a number that an earlier one
     * has: then new lines would sort before old ones for good.
     */
    private Optional<String> sequenceBehind() {
        return database.read(transaction -> transaction
                .statement("cluster/sequences_behind")
                .map((row, context) -> "the sequence " + row.getString("sequence") + " is at " + row.getLong("value")
                        + ", behind its table, which is at " + row.getLong("highest")
                        + ", as after a switch-over to a logical replica: run " + row.getString("mend"))
                .stream()
                .findFirst());
    }

    /** Returns the uuid that must also be stored in ZooKeeper. Call {@link #objection} first. */
    public UUID uuid() {
        return database.read(transaction -> transaction
                .statement("cluster/identity")
                .map((row, context) -> row.getObject("cluster_uuid", UUID.class))
                .one());
    }
}
