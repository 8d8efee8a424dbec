package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.testing.PostgresFixture;

/**
 * Passes odd arguments to every public function. Each call is carried out as a whole or rejected in one line. No
 * argument is taken for SQL, and no call breaks an invariant.
 */
class PublicFunctionsFuzzTest {
    private static final int CALLS = 2_000;
    /**
     * The SQLSTATEs of a rejected call: a wrong value, no such row, a wrong state, too deep. A fault of the function
     * has others.
     */
    private static final List<String> REFUSALS = List.of("22", "P0002", "55000", "54001");

    private static final List<String> TEXTS = Stream.of(
                    "m1",
                    "m2",
                    "m3",
                    "nightly",
                    "linux-gcc",
                    "changesource:git",
                    "builder",
                    "master",
                    "everything",
                    "",
                    " ",
                    "'",
                    "''",
                    "\"",
                    "\\",
                    "\\'",
                    "$$",
                    "$1",
                    "%",
                    "%s%n",
                    "{}",
                    "?",
                    ":id",
                    "--",
                    "/*",
                    "*/",
                    ";",
                    "'; drop table buildrequests; --",
                    "' or '1'='1",
                    "m1'::text",
                    "null",
                    "NULL",
                    "a\u0000b",
                    "a\nb",
                    "\u001b[2J",
                    "\ud83d\ude00",
                    "\u202e",
                    "M1",
                    "é".repeat(300),
                    "x".repeat(1_000_000))
            .toList();
    private static final List<String> DOCUMENTS = List.of(
            "{}",
            "[]",
            "null",
            "1",
            "\"x\"",
            "{\"a\": 1}",
            "{\"\": 1}",
            "{\"a\": {\"b\": [1, null, \"'\"]}}",
            "{\"a\": \"\\u0000\"}",
            "{",
            "{\"a\": 1, \"a\": 2}",
            "{\"" + "k".repeat(257) + "\": 1}",
            "{\"a\": 1e400}",
            "[".repeat(5_000) + "]".repeat(5_000),
            "{\"a\": \"" + "x".repeat(1_000_000) + "\"}");
    private static final List<String> TIMES = List.of(
            "2001-09-09 01:46:40+00",
            "2999-12-31 23:59:59.999999-12",
            "infinity",
            "-infinity",
            "4713-01-01 00:00:00+00 BC",
            "");
    private static final List<Integer> NUMBERS =
            List.of(1, 2, 3, 0, -1, 99, 10_000, 10_001, Integer.MAX_VALUE, Integer.MIN_VALUE);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perClass();

    private final Random random = new Random(20261126);
    private int accepted;
    private int refused;

    @BeforeAll
    static void populate() {
        Operator.populate(POSTGRES);
        Operator.execute(POSTGRES, "select quorate_v1.submit('linux-gcc', count => 3)");
    }

    /** A public function and the types of its arguments. */
    private record Function(String name, List<String> types) {}

    @Test
    void whatever_is_sent_to_a_public_function_is_carried_out_or_refused_in_one_line() throws SQLException {
        String tables = tables();
        List<String> violations = POSTGRES.database().violations();
        try (Connection connection = POSTGRES.dataSource().getConnection()) {
            List<Function> functions = functions(connection);
            assertThat(functions).extracting(Function::name).contains("submit", "cancel", "explain", "restart");
            for (int i = 0; i < CALLS; i++) {
                call(connection, functions.get(i % functions.size()));
            }
        }

        assertThat(tables()).as("no table came or went").isEqualTo(tables);
        assertThat(POSTGRES.database().violations())
                .as("but for the masters that the test made without a history")
                .containsExactlyInAnyOrderElementsOf(violations);
        assertThat(List.of(accepted, refused))
                .allSatisfy(calls -> assertThat(calls).isGreaterThan(CALLS / 20));
    }

    private void call(Connection connection, Function function) throws SQLException {
        List<Object> arguments = new ArrayList<>();
        function.types().forEach(type -> arguments.add(any(type)));
        String before = state(connection);
        String sql = "select * from quorate_v1." + function.name() + "("
                + function.types().stream()
                        .map(type -> "cast(? as " + type + ")")
                        .collect(Collectors.joining(", "))
                + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.size(); i++) {
                statement.setObject(i + 1, arguments.get(i));
            }
            statement.execute();
            accepted++;
        } catch (SQLException e) {
            refused++;
            assertThat(REFUSALS)
                    .as("%s: %s", abbreviated(function, arguments), e.getMessage())
                    .anyMatch(String.valueOf(e.getSQLState())::startsWith);
            assertThat(e.getMessage().length())
                    .as(abbreviated(function, arguments))
                    .isLessThan(1_000);
            assertThat(state(connection)).as(abbreviated(function, arguments)).isEqualTo(before);
        }
    }

    private static String abbreviated(Function function, List<Object> arguments) {
        return function.name()
                + arguments.stream()
                        .map(String::valueOf)
                        .map(text -> text.length() > 40 ? text.substring(0, 40) + "…" : text)
                        .toList();
    }

    private Object any(String type) {
        if (random.nextInt(12) == 0) {
            return null;
        }
        return switch (type) {
            case "text" -> random.nextInt(4) == 0 ? noise() : TEXTS.get(random.nextInt(TEXTS.size()));
            case "jsonb" -> DOCUMENTS.get(random.nextInt(DOCUMENTS.size()));
            case "integer" -> NUMBERS.get(random.nextInt(NUMBERS.size()));
            case "timestamp with time zone" -> TIMES.get(random.nextInt(TIMES.size()));
            case "boolean" -> random.nextBoolean();
            default -> throw new AssertionError("a public function takes a " + type + ": say here what may be sent");
        };
    }

    private String noise() {
        StringBuilder noise = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            noise.appendCodePoint(1 + random.nextInt(random.nextBoolean() ? 127 : 0xd7ff));
        }
        return noise.toString();
    }

    private static List<Function> functions(Connection connection) throws SQLException {
        List<Function> functions = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select p.proname, array(select format_type(t, null) from unnest(p.proargtypes) with"
                                + " ordinality u(t, i)"
                                + " order by i) from pg_proc p where p.pronamespace = 'quorate_v1'::regnamespace"
                                + " order by 1")) {
            while (row.next()) {
                functions.add(new Function(
                        row.getString(1), List.of((String[]) row.getArray(2).getArray())));
            }
        }
        return functions;
    }

    private static String state(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select concat_ws('|', (select count(*) from quorate.history),"
                        + " (select count(*) from buildrequests), (select count(*) from buildsets),"
                        + " (select count(*) from quorate.cancellation),"
                        + " (select string_agg(m::text, ' ' order by masterid) from quorate.master m),"
                        + " (select string_agg(s::text, ' ' order by schedulerid) from quorate.scheduler s))")) {
            row.next();
            return row.getString(1);
        }
    }

    private static String tables() {
        return POSTGRES.database()
                .text("select string_agg(format('%s.%s', schemaname, tablename), ' ' order by 1) from pg_tables");
    }
}
