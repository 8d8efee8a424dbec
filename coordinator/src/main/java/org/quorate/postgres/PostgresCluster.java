package org.quorate.postgres;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.quorate.identity.DatabaseIdentities;
import org.quorate.identity.DatabaseIdentity;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.Place;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.sql.Schema;

/**
 * The cluster to which the database belongs, the identity of the database, and whether this program supports its
 * schema. Thread-safe.
 */
public final class PostgresCluster implements DatabaseIdentities {
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

    @Override
    public DatabaseView view() {
        return database.read(transaction -> transaction
                .statement("cluster/identity")
                .map((row, context) -> new DatabaseView(
                        new DatabaseIdentity(
                                row.getObject("cluster_uuid", UUID.class),
                                row.getObject("database_uuid", UUID.class),
                                List.of((UUID[]) row.getArray("former_uuids").getArray()),
                                new Place(
                                        row.getLong("system_identifier"),
                                        row.getLong("database_oid"),
                                        row.getInt("timeline")),
                                Optional.ofNullable(row.getObject("ensemble_uuid", UUID.class))),
                        new Place(
                                row.getLong("system_identifier_here"),
                                row.getLong("database_oid_here"),
                                row.getInt("timeline_here"))))
                .one());
    }

    @Override
    public void renew(UUID expected, String actor) {
        database.transaction(transaction -> transaction.update(
                "cluster/renew", u -> u.bind("database", expected).bind("actor", actor)));
    }

    @Override
    public void recordEnsemble(Optional<UUID> before, UUID after, String actor) {
        database.transaction(transaction -> transaction.update(
                "cluster/record_ensemble",
                u -> u.bindByType("before", before.orElse(null), UUID.class)
                        .bind("ensemble", after)
                        .bind("actor", actor)));
    }
}
