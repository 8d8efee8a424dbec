package org.quorate.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives PostgreSQL's notifications on a session of its own. They are hints: the slow poll finds whatever is lost
 * during a reconnect, and every new connection itself counts as a notification on each channel. A session that only
 * listens never notices that the server is gone, so it makes a round trip four times a minute. One thread calls {@link
 * #await}.
 */
public final class Notifications implements AutoCloseable {
    /** A buildrequest became claimable; the payload is the builder's id. */
    public static final String WORK = "quorate_work";
    /** An operator or another master changed something that agents read. */
    public static final String CONTROL = "quorate_control";
    /** A buildset completed; the payload is its id. */
    public static final String BUILDSET = "quorate_buildset";
    /** A buildmaster, or Quorate itself, published an event; the payload is the master's id. */
    public static final String EVENT = "quorate_event";

    private static final List<String> CHANNELS = List.of(WORK, CONTROL, BUILDSET, EVENT);

    private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);

    private static final Duration PROVED_EVERY = Duration.ofSeconds(15);

    private final DatabaseSettings settings;
    private final Sessions sessions;
    private final LongSupplier nanoTime;
    private @Nullable Connection connection;
    private long provedAtNanos;
    private volatile boolean outdated;

    public Notifications(DatabaseSettings settings, String applicationName, LongSupplier nanoTime) {
        this.settings = settings;
        this.sessions = Sessions.ofAgent(settings, applicationName);
        this.nanoTime = nanoTime;
    }

    /**
     * Waits for notifications and passes each to the listener.
     *
     * @param timeoutMillis the maximum time to wait
     * @return false when the database cannot be reached; the caller then waits before it tries again
     */
    public boolean await(int timeoutMillis, Consumer<Notification> listener) {
        try {
            Connection session = connected(listener);
            prove(session);
            PGNotification[] heard = session.unwrap(PGConnection.class).getNotifications(timeoutMillis);
            if (heard != null) {
                for (PGNotification one : heard) {
                    listener.accept(new Notification(one.getName(), one.getParameter()));
                }
            }
            return true;
        } catch (SQLException e) {
            LOG.debug("no notifications: {}", e.getMessage());
            close();
            return false;
        }
    }

    /** Replaces the session at the next {@link #await}. Any thread. */
    public void renewSession() {
        outdated = true;
    }

    private Connection connected(Consumer<Notification> listener) throws SQLException {
        if (outdated) {
            outdated = false;
            close();
        }
        Connection session = connection;
        if (session == null || session.isClosed()) {
            session = listening();
            provedAtNanos = nanoTime.getAsLong();
            connection = session;
            CHANNELS.forEach(channel -> listener.accept(new Notification(channel, "")));
        }
        return session;
    }

    private void prove(Connection session) throws SQLException {
        long now = nanoTime.getAsLong();
        if (now - provedAtNanos < PROVED_EVERY.toNanos()) {
            return;
        }
        provedAtNanos = now;
        if (!session.isValid((int) Math.max(1, settings.socketTimeout().toSeconds()))) {
            throw new SQLException("the session that listens does not answer");
        }
    }

    private Connection listening() throws SQLException {
        Connection session = sessions.getConnection();
        try (Statement statement = session.createStatement()) {
            for (String channel : CHANNELS) {
                statement.execute("listen " + channel);
            }
        }
        return session;
    }

    @Override
    public void close() {
        Connection session = connection;
        connection = null;
        if (session != null) {
            try {
                session.close();
            } catch (SQLException e) {
                LOG.debug("closing a broken session", e);
            }
        }
    }

    /** One notification. */
    public record Notification(String channel, String payload) {}
}
