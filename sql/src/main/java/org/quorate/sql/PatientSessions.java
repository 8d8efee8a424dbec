package org.quorate.sql;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * Sessions that PostgreSQL does not end for being idle, whatever the role or the database has set. Flyway's lock idles
 * in a transaction of its own for as long as the migrations wait for a quiet moment.
 */
final class PatientSessions {
    /** PostgreSQL 12 and 13 have the first of these settings only. */
    private static final String NEVER = "select set_config(s.name, '0', false) from pg_settings s"
            + " where s.name in ('idle_in_transaction_session_timeout', 'idle_session_timeout')";

    private PatientSessions() {}

    /** Returns a data source with the same sessions, each with these settings. */
    static DataSource of(DataSource database) {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(database, arguments);
                        if (result instanceof Connection connection) {
                            prepare(connection);
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(NEVER);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }
}
