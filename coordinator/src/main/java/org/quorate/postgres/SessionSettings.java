package org.quorate.postgres;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of PostgreSQL that a session rests on. They are sent after the connection is made, so that they win over
 * those of the role and the database, and pass through a pooler.
 *
 * @param values each in the form in which PostgreSQL shows it
 */
public record SessionSettings(Map<String, String> values) {
    private static final String NONE = "0";

    /** The server looks at the connection of a statement that runs or waits as often as this. */
    private static final Duration CONNECTION_CHECK = Duration.ofSeconds(2);

    public SessionSettings {
        values = Map.copyOf(values);
    }

    /**
     * Returns the settings of an agent's session. JIT is off: for a long queue the planner estimates high costs and
     * would compile, although the results are short and must come at once.
     *
     * @param limit of a statement, of a wait for a lock, and of a pause in a transaction
     */
    static SessionSettings ofAgent(Duration limit) {
        Map<String, String> values = common(limit);
        values.put("lock_timeout", shown(limit));
        values.put("idle_in_transaction_session_timeout", shown(limit));
        values.put("synchronous_commit", "on");
        values.put("TimeZone", "UTC");
        values.put("jit", "off");
        return new SessionSettings(values);
    }

    /** Returns the settings of an operator's session, whose statements end after the limit. */
    public static SessionSettings ofCommand(Duration limit) {
        Map<String, String> values = common(limit);
        values.put("lock_timeout", NONE);
        return new SessionSettings(values);
    }

    /** Returns the settings of a session that changes the schema, and waits for its locks in its own way. */
    static SessionSettings ofSchemaChange() {
        Map<String, String> values = common(Duration.ZERO);
        values.put("lock_timeout", NONE);
        values.put("idle_in_transaction_session_timeout", NONE);
        return new SessionSettings(values);
    }

    private static Map<String, String> common(Duration limit) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("search_path", "public");
        values.put("default_transaction_isolation", "read committed");
        values.put("default_transaction_read_only", "off");
        values.put("statement_timeout", shown(limit));
        values.put("transaction_timeout", NONE);
        values.put("idle_session_timeout", NONE);
        values.put("client_connection_check_interval", shown(CONNECTION_CHECK));
        return values;
    }

    /** Returns a duration as PostgreSQL shows it: in the greatest unit that divides it. */
    static String shown(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return NONE;
        }
        for (Unit unit : Unit.values()) {
            if (millis % unit.millis == 0) {
                return millis / unit.millis + unit.name();
            }
        }
        throw new IllegalStateException("one millisecond divides " + duration);
    }

    /** PostgreSQL's units of time, from great to small, by its names. */
    private enum Unit {
        d(86_400_000),
        h(3_600_000),
        min(60_000),
        s(1000),
        ms(1);

        private final long millis;

        Unit(long millis) {
            this.millis = millis;
        }
    }

    /** Throws unless PostgreSQL shows each value as it was sent; null means that this version lacks the setting. */
    void requireGiven(List<String> names, @Nullable String[] shown) throws SQLException {
        List<String> lost = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String value = shown[i];
            if (value != null && !value.equals(values.get(names.get(i)))) {
                lost.add(names.get(i) + " is " + value + " instead of " + values.get(names.get(i)));
            }
        }
        if (!lost.isEmpty()) {
            throw new SQLException("the session does not keep its settings: " + String.join(", ", lost), "55000");
        }
    }
}
