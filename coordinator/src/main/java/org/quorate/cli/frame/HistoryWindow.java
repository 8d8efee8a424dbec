package org.quorate.cli.frame;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;

/**
 * A window of the history, by the database's clock.
 *
 * @param since the first instant of the window; null: from the beginning
 * @param until the first instant after the window; null: it has no end, and the present tables are checked with it
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
