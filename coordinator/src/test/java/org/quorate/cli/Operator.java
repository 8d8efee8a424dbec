package org.quorate.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.quorate.cli.output.Console;
import org.quorate.testing.PostgresFixture;

/** An operator who types commands and sees their output. */
public final class Operator {
    private final Map<String, String> environment = new HashMap<>();
    private final Path home;
    private Console.Pause pause = length -> false;

    /** The output and the exit code of a command. */
    public record Said(int exit, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    private Operator(Path home) {
        this.home = home;
        environment.put("USER", "ana");
    }

    /** An operator without any configuration. */
    static Operator at(Path home) {
        return new Operator(home);
    }

    /** An operator with the database of a fixture in the environment. */
    public static Operator of(PostgresFixture postgres, Path home) {
        return at(home).with("QUORATE_DATABASE_URL", postgres.url())
                .with("QUORATE_DATABASE_USER", postgres.user())
                .with(
                        "QUORATE_DATABASE_PASSWORD_FILE",
                        secret(home, postgres.password()).toString());
    }

    Operator with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    public Operator pausing(Console.Pause with) {
        pause = with;
        return this;
    }

    public Said types(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Console console = new Console(
                new PrintWriter(out),
                new PrintWriter(err),
                environment,
                home,
                false,
                System::nanoTime,
                (Duration length) -> pause.take(length));
        int exit = Main.run(console, arguments);
        return new Said(exit, out.toString(), err.toString());
    }

    public static Path secret(Path folder, String content) {
        try {
            Path file = folder.resolve("password");
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void execute(PostgresFixture postgres, String... statements) {
        execute(postgres.dataSource(), statements);
    }

    public static void execute(DataSource database, String... statements) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the rows of a query, each as its columns joined by spaces. */
    static List<String> rows(PostgresFixture postgres, String query) {
        try (Connection connection = postgres.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                List<String> cells = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    cells.add(String.valueOf(result.getString(i)));
                }
                rows.add(String.join(" ", cells));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Inserts two active masters and a dead one; two builders, one of them offered by m1; and a scheduler of m1. */
    static void populate(PostgresFixture postgres) {
        execute(
                postgres,
                "insert into masters (name, name_hash, active, last_active) values ('m1', 'm1', 1, 0), ('m2', 'm2',"
                        + " 1, 0), ('m3', 'm3', 0, 0)",
                "insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by) values"
                        + " (1, 'm1', 7, gen_random_uuid(), 'active', 'test'), (2, 'm2', 8, gen_random_uuid(),"
                        + " 'active', 'test'),"
                        + " (3, 'm3', 9, gen_random_uuid(), 'dead', 'test')",
                "insert into builders (name, name_hash) values ('linux-gcc', 'a'), ('linux-clang', 'b')",
                "insert into builder_masters (builderid, masterid) values (1, 1)",
                "insert into schedulers (name, name_hash) values ('nightly', 'n'), ('hourly', 'h')",
                "insert into quorate.scheduler (schedulerid, term, masterid, epoch) values (1, 3, 1, 7)");
    }

    /** Claims a buildrequest for m1, as T2 does. */
    static void claim(PostgresFixture postgres, int request) {
        execute(
                postgres,
                "insert into quorate.claim (brid, masterid, epoch, attempt) values (" + request
                        + ", 1, 7, gen_random_uuid());"
                        + " insert into buildrequest_claims (brid, masterid, claimed_at) values (" + request
                        + ", 1, 0)");
    }
}
