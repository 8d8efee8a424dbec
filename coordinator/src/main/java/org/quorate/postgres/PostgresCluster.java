package org.quorate.postgres;

import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.sql.Schema;

/** Which cluster the database belongs to, and whether its schema is one that this program knows. Thread-safe. */
public final class PostgresCluster {
    private final PostgresDatabase database;

    public PostgresCluster(PostgresDatabase database) {
        this.database = database;
    }

    /** One sentence that says why this program, for this cluster, cannot work with the database; empty when it can. */
    public Optional<String> objection(String cluster) {
        try {
            return Schema.of(database.dataSource()).check(cluster);
        } catch (SQLException e) {
            throw new DatabaseUnreachable("PostgreSQL is unreachable: " + e.getMessage(), e);
        }
    }

    /** The identity that must stand in ZooKeeper too. Ask for an {@link #objection} first. */
    public UUID uuid() {
        return database.read(transaction -> transaction
                .statement("cluster/identity")
                .map((row, context) -> row.getObject("cluster_uuid", UUID.class))
                .one());
    }
}
