package org.quorate.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.quorate.master.Authority;
import org.quorate.master.StockActivity;

/** The activity of a stock buildmaster, read from Buildbot's tables in PostgreSQL. Thread-safe. */
public final class PostgresStockActivity implements StockActivity {
    private final PostgresDatabase database;

    public PostgresStockActivity(PostgresDatabase database) {
        this.database = database;
    }

    @Override
    public Presence presence(Authority authority, String host) {
        return database.read(transaction -> transaction
                .statement("buildmaster/presence")
                .bind("masterid", authority.masterid())
                .bind("host", host)
                .map((row, context) -> presence(row))
                .one());
    }

    private static Presence presence(ResultSet row) throws SQLException {
        String server = row.getString("server");
        return new Presence(
                row.getBoolean("registered"),
                Optional.ofNullable(row.getString("stranger")),
                row.getInt("held"),
                Optional.ofNullable(row.getObject("last_active", Integer.class))
                        .map(lastActive -> new Heartbeat(lastActive, server)));
    }

    @Override
    public List<Integer> waiting(Authority authority) {
        return database.read(transaction -> transaction
                .statement("buildmaster/waiting")
                .bind("masterid", authority.masterid())
                .mapTo(Integer.class)
                .list());
    }
}
