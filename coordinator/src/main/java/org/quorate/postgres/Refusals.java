package org.quorate.postgres;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Why each host gave no session. One thread. */
final class Refusals {
    private final Map<String, SQLException> byHost = new LinkedHashMap<>();

    void add(String host, SQLException e) {
        byHost.put(host, e);
    }

    /**
     * Returns one exception for all hosts. Its message is each host's deepest cause, and is the same whenever the
     * causes are; its SQLSTATE is that of a host that answered, if one did.
     */
    SQLException together() {
        SQLException telling = byHost.values().stream()
                .filter(Refusals::isAnswer)
                .findFirst()
                .orElseGet(() -> byHost.values().iterator().next());
        String message = byHost.size() == 1
                ? sentence(telling)
                : byHost.entrySet().stream()
                        .map(each -> each.getKey() + ": " + sentence(each.getValue()))
                        .collect(Collectors.joining("; "));
        SQLException together = new SQLException(message, telling.getSQLState(), telling);
        byHost.values().stream().filter(each -> each != telling).forEach(together::addSuppressed);
        return together;
    }

    /** Returns whether a server or a check answered, unlike a host that cannot be reached. */
    static boolean isAnswer(SQLException e) {
        String state = e.getSQLState();
        return state != null && !state.startsWith("08");
    }

    /** Returns the deepest cause in one sentence without a full stop. */
    static String sentence(SQLException e) {
        String first = firstLine(e).replaceFirst("^(ERROR|FATAL|PANIC): ", "");
        Throwable deepest = e;
        while (deepest.getCause() != null && deepest.getCause() != deepest) {
            deepest = deepest.getCause();
        }
        if (deepest == e || deepest instanceof ConnectException) {
            return first; // the driver's message names host and port
        }
        String why =
                deepest instanceof UnknownHostException ? "unknown host " + firstLine(deepest) : firstLine(deepest);
        return first.contains(why) ? first : first + ": " + why;
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return message.strip().lines().findFirst().orElse(message).replaceFirst("\\.$", "");
    }
}
