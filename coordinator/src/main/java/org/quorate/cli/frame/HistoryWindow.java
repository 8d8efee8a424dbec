package org.quorate.cli.frame;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;

/**
 * A stretch of the history, by the database's clock.
 *
 * @param since the first instant; null: from the beginning
 * @param until the first instant after it; null: it goes on, and the tables belong to it as they are now
 */
public record HistoryWindow(
        @Nullable Instant since, @Nullable Instant until) {
    public Map<String, @Nullable Object> parameters() {
        return Parameters.of("since", since, "until", until);
    }

    @Override
    public String toString() {
        return (since == null ? "from the beginning" : "since " + since) + (until == null ? "" : " until " + until);
    }
}
