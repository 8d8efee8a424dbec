package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StatementsTest {
    /** An invariant, a transaction of the protocol, or what is locked, by whom, or why nothing is. */
    private static final Pattern REASON =
            Pattern.compile("\\bI[1-9]\\b|\\bT[1-8]\\b|\\b[Ll]ock|FENCE|\\bholds?\\b|[Hh]int\\b");

    /** Works on tables that the standalone subset lacks. */
    private static final String NEEDS_BUILDBOT = "rescue/";

    /** Statements that define something cannot be prepared: these are run. */
    private static final String DEFINES = "indexes/";

    /** A block of statements cannot be prepared: it is run. */
    private static final String NO_QUERY = "session/recorded";

    @Test
    void every_statement_prepares_against_the_schema() throws Exception {
        List<String> failures = new ArrayList<>();

        try (Connection standalone = Server.database().getConnection();
                Connection adopted = Server.adoptedDatabase().getConnection()) {
            for (String name : names()) {
                if (!name.startsWith(NEEDS_BUILDBOT)) {
                    prepare(standalone, name).ifPresent(failures::add);
                }
                prepare(adopted, name).ifPresent(failures::add);
            }
        }

        assertThat(failures).isEmpty();
        assertThat(names()).hasSizeGreaterThan(40);
    }

    @Test
    void every_claim_is_written_in_the_same_way_however_its_buildrequests_were_picked() {
        String taken = written("claims/take");

        assertThat(written("claims/take_children")).isEqualTo(taken);
        assertThat(written("claims/take_chosen")).isEqualTo(taken);
    }

    /** Returns the part of a statement that claims what was picked. */
    private static String written(String name) {
        String text = Statements.named(name);
        assertThat(text).contains("\nclaimed as (");
        return text.substring(text.indexOf("\nclaimed as ("));
    }

    @Test
    void every_statement_states_first_which_invariant_it_keeps_or_what_it_locks() throws Exception {
        List<String> silent = new ArrayList<>();

        for (String name : names()) {
            String text = Statements.named(name);
            String header =
                    text.lines().takeWhile(line -> line.startsWith("--")).reduce("", (a, b) -> a + "\n" + b);
            if (!REASON.matcher(header).find()) {
                silent.add(name);
            }
        }

        assertThat(silent).isEmpty();
    }

    @Test
    void an_unknown_statement_is_reported_by_its_name() {
        assertThatThrownBy(() -> Statements.named("claims/steal"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no statement claims/steal: nothing at /sql/claims/steal.sql on the class path");
    }

    @Test
    void a_colon_in_a_comment_a_text_or_a_cast_is_no_parameter() {
        NamedParameters read = NamedParameters.dollars("-- at :noon\nselect ':no', :a::text, :b, :a");

        assertThat(read.sql()).isEqualTo("-- at :noon\nselect ':no', $1::text, $2, $1");
        assertThat(read.names()).containsExactly("a", "b");
    }

    private static java.util.Optional<String> prepare(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (name.startsWith(DEFINES)) {
                statement.execute("drop index public." + name.substring(DEFINES.length()));
                statement.execute(Statements.named(name));
                return java.util.Optional.empty();
            }
            if (name.equals(NO_QUERY)) {
                statement.execute(Statements.named(name));
                return java.util.Optional.empty();
            }
            statement.execute("prepare x as "
                    + NamedParameters.dollars(Statements.named(name)).sql());
            statement.execute("deallocate x");
            return java.util.Optional.empty();
        } catch (SQLException e) {
            return java.util.Optional.of(name + ": " + e.getMessage());
        }
    }

    private static List<String> names() throws IOException {
        Path root = Path.of("src/main/resources/sql");
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".sql"))
                    .map(file -> root.relativize(file).toString().replaceFirst("\\.sql$", ""))
                    .sorted()
                    .toList();
        }
    }
}
