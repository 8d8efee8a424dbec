package org.quorate.cli.connection;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;

/** Turns a failure of the database into a message for the operator and an exit code. */
final class DatabaseFailure {
    private static final String NO_DATA_FOUND = "P0002";
    private static final String REFUSED_STATE = "55000";
    private static final String QUERY_CANCELED = "57014";
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String READ_ONLY = "25006";
    private static final Set<String> GONE = Set.of("57P01", "57P02", "57P03", "53300", "3D000");

    private static final String HINT = "Hint:";

    private DatabaseFailure() {}

    static Failure of(SQLException e, Target target) {
        String state = String.valueOf(e.getSQLState());
        String sentence = sentence(e);
        if (state.equals(NO_DATA_FOUND)) {
            return new Failure(Exit.USAGE, sentence, e);
        }
        if (state.startsWith("22")) {
            return new Failure(Exit.USAGE, "the database rejected a value: " + sentence, e);
        }
        if (state.equals(REFUSED_STATE)) {
            return new Failure(Exit.REFUSED, sentence, e);
        }
        if (state.equals(QUERY_CANCELED) || state.equals(LOCK_NOT_AVAILABLE)) {
            return new Failure(
                    Exit.TIMED_OUT,
                    "the database at " + target.place()
                            + " did not answer in time; nothing was changed: try a longer --timeout",
                    e);
        }
        if (state.startsWith("28")) {
            return new Failure(
                    Exit.UNREACHABLE,
                    "the database at " + target.place() + " rejected this user: " + sentence
                            + "; check --user and --password-file",
                    e);
        }
        if (state.startsWith("08") || GONE.contains(state)) {
            return new Failure(
                    Exit.UNREACHABLE,
                    "the database at " + target.place() + " is unreachable: " + sentence
                            + "; check --database, and that PostgreSQL runs there",
                    e);
        }
        if (state.equals(INSUFFICIENT_PRIVILEGE) || state.equals(READ_ONLY)) {
            return new Failure(
                    Exit.REFUSED, "the database at " + target.place() + " does not allow this command: " + sentence, e);
        }
        return new Failure(Exit.ERROR, "the database at " + target.place() + " failed: " + sentence, e);
    }

    /** Returns the server's message and its hint on one line; the driver gives them as lines of one message. */
    private static String sentence(SQLException e) {
        List<String> lines = String.valueOf(e.getMessage())
                .strip()
                .lines()
                .map(String::strip)
                .toList();
        String first = lines.get(0).replaceFirst("^(ERROR|FATAL|PANIC): ", "").replaceFirst("\\.$", "");
        return lines.stream()
                .filter(line -> line.startsWith(HINT))
                .findFirst()
                .map(line -> first + "; " + line.substring(HINT.length()).strip())
                .orElse(first);
    }
}
