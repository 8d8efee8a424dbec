package org.quorate.postgres;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.quorate.identity.DatabaseIdentity;
import org.quorate.identity.Place;
import org.quorate.sql.Statements;

/**
 * The only way to open a session to the shared database, for the pool, the listener and the command. It tries the hosts
 * of the URL one by one, the last good one first, and proves each session before it is used, in one round trip: its
 * settings, the kind of server, the pooler's mode, and a {@link SessionCheck}. Thread-safe.
 */
public final class Sessions implements DataSource {
    private static final String WRONG_LOGIN = "28";

    private final ServerAddresses addresses;
    private final Properties properties;
    private final Supplier<Optional<String>> passwords;
    private final SessionSettings settings;
    private final SessionCheck check;

    private volatile Optional<String> password;
    private volatile int good;
    private volatile @Nullable SQLException failure;
    private volatile String progress = "no connection was tried yet";

    private Sessions(
            String url,
            Properties properties,
            Supplier<Optional<String>> passwords,
            SessionSettings settings,
            SessionCheck check) {
        this.addresses = ServerAddresses.of(url);
        this.properties = properties;
        this.passwords = passwords;
        this.settings = settings;
        this.check = check;
        this.password = passwords.get();
    }

    /** Returns the sessions of an agent. */
    static Sessions ofAgent(DatabaseSettings database, String applicationName) {
        Properties properties = new Properties();
        properties.setProperty("user", database.user());
        properties.setProperty("ApplicationName", applicationName);
        properties.setProperty("connectTimeout", "3");
        properties.setProperty("loginTimeout", "5");
        properties.setProperty("socketTimeout", seconds(database.socketTimeout()));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("cancelSignalTimeout", "3");
        return new Sessions(
                database.url(),
                properties,
                () -> Optional.of(database.password().get()),
                SessionSettings.ofAgent(database.statementTimeout()),
                database.check());
    }

    /** Returns the sessions that change the schema: no timeout of the role or the database ends their statements. */
    public static Sessions ofSchemaChange(String url, Optional<String> user, Optional<String> password) {
        Properties properties = new Properties();
        user.ifPresent(name -> properties.setProperty("user", name));
        properties.setProperty("ApplicationName", "quorate");
        properties.setProperty("tcpKeepAlive", "true");
        return new Sessions(url, properties, () -> password, SessionSettings.ofSchemaChange(), SessionCheck.NONE);
    }

    /**
     * Returns the sessions of one run of the command.
     *
     * @param patience the limit of a statement; the hosts share it when they are tried
     */
    public static Sessions ofCommand(
            String url, Optional<String> user, Optional<String> password, Duration patience, SessionCheck check) {
        Properties properties = new Properties();
        user.ifPresent(name -> properties.setProperty("user", name));
        String share =
                seconds(patience.dividedBy(ServerAddresses.of(url).hosts().size()));
        properties.setProperty("ApplicationName", "quorate");
        properties.setProperty("connectTimeout", share);
        properties.setProperty("loginTimeout", share);
        // longer than statement_timeout: it is for a server that does not answer at all
        properties.setProperty("socketTimeout", seconds(patience.plusSeconds(3)));
        properties.setProperty("tcpKeepAlive", "true");
        return new Sessions(url, properties, () -> password, SessionSettings.ofCommand(patience), check);
    }

    private static String seconds(Duration duration) {
        return Long.toString(Math.max(1, duration.toSeconds()));
    }

    /** Returns why the last attempt to open a session failed; empty if it succeeded, or none has ended yet. */
    Optional<SQLException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Returns what is known while no attempt has failed. */
    String progress() {
        return progress;
    }

    /** Returns a proved session, or throws one exception with the deepest cause of each host. */
    @Override
    public Connection getConnection() throws SQLException {
        Refusals refusals = new Refusals();
        for (ServerAddresses.Kind wanted : addresses.wants()) {
            for (int each : order()) {
                ServerAddresses.Address address = addresses.hosts().get(each);
                progress = "no answer yet from " + address.host();
                try {
                    Connection session = open(address, wanted);
                    good = each;
                    failure = null;
                    progress = "no session of the pool became free in time";
                    return session;
                } catch (SQLException e) {
                    refusals.add(address.host(), e);
                }
            }
        }
        SQLException together = refusals.together();
        failure = together;
        throw together;
    }

    private List<Integer> order() {
        List<Integer> order = new ArrayList<>();
        order.add(good);
        for (int each = 0; each < addresses.hosts().size(); each++) {
            if (each != order.get(0)) {
                order.add(each);
            }
        }
        return order;
    }

    private Connection open(ServerAddresses.Address address, ServerAddresses.Kind wanted) throws SQLException {
        Connection session = connect(address);
        try {
            prove(session, address, wanted);
            return session;
        } catch (SQLException | RuntimeException e) {
            closeAfter(e, session);
            throw e;
        }
    }

    private static void closeAfter(Exception e, Connection session) {
        try {
            session.close();
        } catch (SQLException broken) {
            e.addSuppressed(broken);
        }
    }

    /** Connects. Reads the password again if PostgreSQL refuses it, since both may have been changed. */
    private Connection connect(ServerAddresses.Address address) throws SQLException {
        Optional<String> tried = password;
        try {
            return connect(address, tried);
        } catch (SQLException e) {
            Optional<String> read = passwords.get();
            if (!String.valueOf(e.getSQLState()).startsWith(WRONG_LOGIN) || read.equals(tried)) {
                throw e;
            }
            Connection session = connect(address, read);
            password = read;
            return session;
        }
    }

    private Connection connect(ServerAddresses.Address address, Optional<String> with) throws SQLException {
        Properties all = new Properties();
        all.putAll(properties);
        with.ifPresent(text -> all.setProperty("password", text));
        return DriverManager.getConnection(address.url(), all);
    }

    private void prove(Connection session, ServerAddresses.Address address, ServerAddresses.Kind wanted)
            throws SQLException {
        SessionFacts facts = settle(session, address.host());
        if (!wanted.accepts(facts.standby())) {
            throw new SQLException(
                    "this server is " + (facts.standby() ? "a standby" : "a primary") + ", and targetServerType wants "
                            + wanted.words,
                    "55000");
        }
        if (facts.pooled()) {
            Pooler.requireSessionMode(session, facts, () -> connect(address));
        }
        check.check(facts);
    }

    /** Gives the session its settings, and returns what it is connected to. */
    private SessionFacts settle(Connection session, String host) throws SQLException {
        List<String> names = List.copyOf(settings.values().keySet());
        // both in one round trip
        String sql = Statements.named("session/recorded") + ";\n"
                + Statements.named("session/open").replace(":names", "?").replace(":values", "?");
        try (PreparedStatement statement = session.prepareStatement(sql)) {
            statement.setArray(1, session.createArrayOf("text", names.toArray()));
            statement.setArray(
                    2,
                    session.createArrayOf(
                            "text", names.stream().map(settings.values()::get).toArray()));
            statement.execute();
            statement.getMoreResults();
            try (ResultSet row = statement.getResultSet()) {
                row.next();
                settings.requireGiven(names, (String[]) row.getArray("given").getArray());
                int pid = row.getInt("backend_pid");
                return new SessionFacts(
                        host,
                        pid,
                        // a pooler makes up the number that would cancel a statement
                        session.unwrap(PGConnection.class).getBackendPID() != pid,
                        row.getBoolean("standby"),
                        row.getLong("system_identifier"),
                        row.getLong("database_oid"),
                        row.getInt("timeline"),
                        recorded(row));
            }
        }
    }

    private static Optional<DatabaseIdentity> recorded(ResultSet row) throws SQLException {
        UUID database = row.getObject("database_uuid", UUID.class);
        if (database == null) {
            return Optional.empty();
        }
        return Optional.of(new DatabaseIdentity(
                row.getObject("cluster_uuid", UUID.class),
                database,
                List.of((UUID[]) row.getArray("former_uuids").getArray()),
                new Place(
                        row.getLong("recorded_system_identifier"),
                        row.getLong("recorded_database_oid"),
                        row.getInt("recorded_timeline")),
                Optional.ofNullable(row.getObject("ensemble_uuid", UUID.class))));
    }

    @Override
    public Connection getConnection(String user, String secret) throws SQLException {
        throw new SQLFeatureNotSupportedException("the user is configured");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {
        // the driver logs by itself
    }

    @Override
    public void setLoginTimeout(int seconds) {
        // each host has its own
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("this is no " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
