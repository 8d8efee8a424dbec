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
            return Schema.of(database.dataSource()).check(cluster);
        } catch (SQLException e) {
            throw e instanceof SQLTransientConnectionException
                    ? database.noSession(e)
                    : new DatabaseUnreachable("PostgreSQL is unreachable: " + e.getMessage(), e);
        }
    }

    /** Returns the uuid that must also be stored in ZooKeeper. Call {@link #objection} first. */
    public UUID uuid() {
        return database.read(transaction -> transaction
                .statement("cluster/identity")
                .map((row, context) -> row.getObject("cluster_uuid", UUID.class))
                .one());
    }
}
