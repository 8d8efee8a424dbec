package org.quorate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.quorate.demo.cluster.Ledger;
import org.quorate.sql.Statements;
import org.quorate.testing.TestDatabase;

/** The rules for all statements of Quorate (StatementsTest in the module sql), checked for the demo's statements. */
class LedgerStatementsTest {
    private static final Path FOLDER = Path.of("src/main/resources/sql/demo");
    private static final Pattern REASON = Pattern.compile("\\b[Ll]ocks?\\b");

    @Test
    void every_statement_prepares_against_the_schema() throws Exception {
        try (TestDatabase standalone = TestDatabase.fresh();
                TestDatabase adopted = TestDatabase.adopted()) {
            assertThat(unprepared(standalone)).isEmpty();
            assertThat(unprepared(adopted)).isEmpty();
        }
        assertThat(names()).hasSizeGreaterThan(15);
    }

    private static List<String> unprepared(TestDatabase database) throws Exception {
        List<String> failures = new ArrayList<>();
        try (Connection connection = database.dataSource().getConnection()) {
            for (String name : names()) {
                String text = Ledger.positional(Statements.named(name), new ArrayList<>());
                try (PreparedStatement statement = connection.prepareStatement(text)) {
                    statement.getParameterMetaData(); // only this makes the driver send the statement to the server
                } catch (SQLException e) {
                    failures.add(name + ": " + e.getMessage());
                }
            }
        }
        return failures;
    }

    @Test
    void every_statement_states_first_what_it_locks() throws Exception {
        assertThat(names())
                .allSatisfy(name -> assertThat(Statements.named(name).lines().takeWhile(line -> line.startsWith("--")))
                        .anyMatch(line -> REASON.matcher(line).find()));
    }

    private static List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> "demo/" + file.getFileName().toString().replaceFirst("\\.sql$", ""))
                    .sorted()
                    .toList();
        }
    }
}
