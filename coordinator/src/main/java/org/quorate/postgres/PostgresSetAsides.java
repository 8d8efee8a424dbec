package org.quorate.postgres;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.JdbiException;
import org.quorate.claim.SetAsides;
import org.quorate.claim.StatementFailed;

/** The buildrequests that are set aside, in PostgreSQL. Thread-safe. */
public final class PostgresSetAsides implements SetAsides {
    private final PostgresDatabase database;

    public PostgresSetAsides(PostgresDatabase database) {
        this.database = database;
    }

    @Override
    public Map<Integer, Duration> current() {
        try {
            return database.read(transaction -> transaction
                    .statement("claims/set_asides")
                    .reduceRows(new HashMap<>(), (found, row) -> {
                        found.put(
                                row.getColumn("brid", Integer.class),
                                Duration.ofMillis(row.getColumn("millis", Long.class)));
                        return found;
                    }));
        } catch (JdbiException e) {
            throw new StatementFailed(PostgresDatabase.failure(e), e);
        }
    }

    @Override
    public Duration add(int masterid, int brid, String reason) {
        try {
            return Duration.ofMillis(database.read(transaction -> transaction
                    .statement("claims/set_aside")
                    .bind("masterid", masterid)
                    .bind("brid", brid)
                    .bind("reason", reason.replace("\0", ""))
                    .mapTo(Long.class)
                    .one()));
        } catch (JdbiException e) {
            throw new StatementFailed(PostgresDatabase.failure(e), e);
        }
    }

    @Override
    public void remove(Collection<Integer> brids) {
        try {
            database.transaction(transaction -> transaction.update(
                    "claims/not_aside", u -> u.bindArray("brids", Integer.class, List.copyOf(brids))));
        } catch (JdbiException e) {
            throw new StatementFailed(PostgresDatabase.failure(e), e);
        }
    }
}
