package org.quorate.sql;

import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/**
 * Sets the search path of each migration. By default Flyway creates tables without a schema beside its history table,
 * in the schema quorate; Buildbot's tables belong elsewhere.
 */
record SearchPath(String schemas) implements Callback {
    @Override
    public boolean supports(Event event, Context context) {
        return event == Event.BEFORE_EACH_MIGRATE;
    }

    @Override
    public boolean canHandleInTransaction(Event event, Context context) {
        return true;
    }

    @Override
    public void handle(Event event, Context context) {
        try (Statement statement = context.getConnection().createStatement()) {
            statement.execute("set local search_path = " + schemas);
        } catch (SQLException e) {
            throw new FlywayException("the search path cannot be set", e);
        }
    }

    @Override
    public String getCallbackName() {
        return "search path";
    }
}
