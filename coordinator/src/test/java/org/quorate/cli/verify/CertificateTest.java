package org.quorate.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.cli.Operator;
import org.quorate.cli.output.Exit;
import org.quorate.sql.Schema;
import org.quorate.testing.PostgresFixture;

/** {@code quorate verify --certificate} and {@code --check}. */
class CertificateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CLAIM =
            "insert into quorate.history (kind, brid, masterid, epoch, attempt, actor) values ('claim', 1, 1, 7,"
                    + " '%s', 'x')";

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @TempDir
    Path home;

    private String file;

    @BeforeEach
    void given_some_history() {
        file = home.resolve("certificate.json").toString();
        Operator.execute(
                POSTGRES,
                "insert into builders (name, name_hash) values ('linux', 'x')",
                "select quorate_v1.submit('linux', count => 5)",
                "select quorate_v1.cancel(1, 'not wanted')",
                "select quorate_v1.cancel(2, 'ünwanted,\n\"too\"')");
    }

    private Operator.Said types(String... arguments) {
        return Operator.of(POSTGRES, home).types(arguments);
    }

    private Operator.Said check() {
        return types("verify", "--check", file);
    }

    private void assertChanged(Operator.Said said, String told) {
        assertThat(said.exit()).as(said.err()).isEqualTo(Exit.VIOLATION);
        assertThat(said.err().lines())
                .singleElement()
                .satisfies(line -> assertThat(line).contains(told).contains(file));
        assertThat(said.out()).isEmpty();
    }

    private JsonNode certificate() throws Exception {
        return JSON.readTree(Path.of(file).toFile());
    }

    @Test
    void a_certificate_states_what_was_found_where_and_in_which_history() throws Exception {
        Operator.Said made = types("verify", "--certificate", file);

        assertThat(made.exit()).as(made.out() + made.err()).isZero();
        assertThat(made.out()).contains("VERIFIED");
        JsonNode certificate = certificate();
        assertThat(certificate.path("cluster").asText()).isEqualTo("test");
        assertThat(certificate.path("cluster_uuid").asText())
                .isEqualTo(POSTGRES.database().text("select cluster_uuid from quorate.cluster"));
        assertThat(certificate.path("system_identifier").asText())
                .isEqualTo(POSTGRES.database().text("select system_identifier from pg_control_system()"));
        assertThat(certificate.path("schema_version").asInt()).isEqualTo(Schema.REQUIRED_VERSION);
        assertThat(certificate.path("history").path("rows").asLong())
                .isEqualTo(POSTGRES.database().number("select count(*) from quorate.history"))
                .isPositive();
        assertThat(certificate.path("window").path("since").isNull()).isTrue();
        assertThat(certificate.path("checks"))
                .hasSize(9)
                .allMatch(result -> result.asText().equals("ok"));
        assertThat(certificate.path("verified").asBoolean()).isTrue();
        assertThat(certificate.path("sha256").asText()).hasSize(64);
    }

    @Test
    void an_unchanged_history_passes_also_when_it_goes_on_and_in_any_window() {
        String older = home.resolve("older.json").toString();
        types("verify", "--certificate", file);
        types("verify", "--since", "1h", "--until", "500ms", "--certificate", older);
        Operator.execute(POSTGRES, "select quorate_v1.cancel(3)", "delete from builders where name = 'nothing'");

        assertThat(check().exit()).as(check().err()).isZero();
        assertThat(check().out()).startsWith("UNCHANGED: ").contains("VERIFIED");
        assertThat(types("verify", "--check", file, "-o", "json").out()).contains("\"unchanged\" : true");
        assertThat(types("verify", "--check", older).exit()).isZero();
    }

    /** Changes the history after disabling the trigger that forbids it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            update quorate.history set actor = 'somebody' where seq = 2 | rows are not the same
            update quorate.history set at = at + interval '1 microsecond' where seq = 2 | rows are not the same
            update quorate.history set why = null where why is not null | rows are not the same
            delete from quorate.history where seq = 2 | rows and has
            insert into quorate.history (at, kind, actor) select at, kind, actor from quorate.history limit 1 | rows and has
            delete from quorate.history | rows and has 0
            """)
    void a_row_that_was_changed_deleted_or_inserted_is_noticed(String change, String told) {
        types("verify", "--certificate", file);

        Operator.execute(POSTGRES, "drop trigger append_only on quorate.history", change);

        assertChanged(check(), told);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cluster", "window", "history", "checks", "verified", "database", "schema_version"})
    void a_certificate_in_which_anything_was_edited_is_noticed(String field) throws Exception {
        types("verify", "--certificate", file);
        ObjectNode edited = (ObjectNode) certificate();
        switch (field) {
            case "window" -> ((ObjectNode) edited.path("window")).put("until", "2026-01-01T00:00:00Z");
            case "history" -> ((ObjectNode) edited.path("history")).put("rows", 999);
            case "checks" -> ((ObjectNode) edited.path("checks")).put("I1", "1 VIOLATED");
            case "verified" -> edited.put("verified", false);
            default -> edited.put(field, "another");
        }
        JSON.writeValue(Path.of(file).toFile(), edited);

        assertChanged(check(), "was edited");
    }

    @Test
    void a_certificate_may_be_reformatted() throws Exception {
        types("verify", "--certificate", file);
        String pretty = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(certificate());
        Files.writeString(Path.of(file), pretty);

        assertThat(check().exit()).as(check().err()).isZero();
    }

    /** Edits the certificate and computes its hash again, which takes no key. */
    @Test
    void a_key_reveals_a_certificate_that_was_edited_and_sealed_again() throws Exception {
        String key = Operator.secret(Files.createDirectory(home.resolve("a")), "the key")
                .toString();
        String another = Operator.secret(Files.createDirectory(home.resolve("b")), "another")
                .toString();
        types("verify", "--certificate", file, "--key-file", key);

        assertThat(types("verify", "--check", file, "--key-file", key).exit()).isZero();
        assertThat(check().out()).contains("was not checked").contains("UNCHANGED");
        assertChanged(types("verify", "--check", file, "--key-file", another), "another key");

        ObjectNode edited = (ObjectNode) certificate();
        edited.put("verified", false);
        edited.remove("sha256");
        edited.remove("hmac_sha256");
        String forged = Certificate.of(edited, java.util.Optional.empty()).text();
        Files.writeString(Path.of(file), forged);
        assertThat(check().exit()).isZero();
        assertChanged(types("verify", "--check", file, "--key-file", key), "without a key");
    }

    /** Makes the certificate again after a change of the history. */
    @Test
    void a_certificate_that_certifies_an_invariant_which_its_history_breaks_is_noticed() throws Exception {
        Operator.execute(
                POSTGRES,
                String.format(CLAIM, "00000000-0000-0000-0000-000000000001"),
                String.format(CLAIM, "00000000-0000-0000-0000-000000000002"));
        assertThat(types("verify", "--certificate", file).exit()).isEqualTo(Exit.VIOLATION);
        assertThat(certificate().path("checks").path("I1").asText()).isEqualTo("1 VIOLATED");
        assertThat(check().exit()).as("it states the truth").isZero();
        assertThat(check().out()).contains("VIOLATED");

        ObjectNode edited = (ObjectNode) certificate();
        ((ObjectNode) edited.path("checks")).put("I1", "ok");
        edited.remove("sha256");
        Files.writeString(
                Path.of(file),
                Certificate.of(edited, java.util.Optional.empty()).text());

        assertChanged(check(), "I1");
    }

    @Test
    void another_clusters_certificate_is_refused() {
        types("verify", "--certificate", file);
        Operator.execute(POSTGRES, "update quorate.cluster set cluster_uuid = gen_random_uuid()");

        Operator.Said said = check();

        assertThat(said.exit()).isEqualTo(Exit.REFUSED);
        assertThat(said.err().lines()).hasSize(1);
        assertThat(said.err()).contains("cluster");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no json",
                "[]",
                "{}",
                "{\"kind\":\"Certificate\"}",
                "{\"kind\":\"Certificate\",\"kind\":\"Certificate\"}",
                "{\"kind\":\"Certificate\",\"cluster_uuid\":\"x\",\"sha256\":\"x\",\"window\":{\"until\":\"noon\"}}",
                "{\"kind\":\"Certificate\",\"cluster_uuid\":\"x\",\"sha256\":\"x\","
                        + "\"window\":{\"until\":\"2026-01-01T00:00:00Z\"}}",
                "\u001b[31m{"
            })
    void a_file_that_is_no_certificate_is_reported_in_one_line(String content) throws Exception {
        Files.writeString(Path.of(file), content);

        Operator.Said said = check();

        assertThat(said.exit()).isEqualTo(Exit.USAGE);
        assertThat(said.err().lines()).hasSize(1);
        assertThat(said.err()).contains(file).doesNotContain("\u001b");
    }

    @Test
    void files_that_cannot_be_read_or_written_are_reported_in_one_line() throws Exception {
        Files.write(Path.of(file), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThat(check().exit()).isEqualTo(Exit.USAGE);
        assertThat(check().err()).contains("UTF-8");
        assertThat(types("verify", "--check", home.resolve("none").toString()).err())
                .contains("is not a file");
        assertThat(types("verify", "--check", home.toString()).err()).contains("is not a file");
        assertThat(types("verify", "--certificate", home.resolve("none/there").toString())
                        .exit())
                .isEqualTo(Exit.USAGE);
        assertThat(types("verify", "--certificate", file).exit())
                .as("the file exists already")
                .isEqualTo(Exit.REFUSED);
        assertThat(types("verify", "--certificate", "x", "--check", "x").exit()).isEqualTo(Exit.USAGE);
        assertThat(types("verify", "--since", "1h", "--until", "2h").exit()).isEqualTo(Exit.USAGE);
        assertThat(types("verify", "--key-file", "x").exit()).isEqualTo(Exit.USAGE);
    }

    /** A transaction whose row has a time from before the certificate, and which commits after it. */
    @Test
    void a_transaction_that_wrote_history_and_is_still_open_is_waited_for() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        try (Connection open = POSTGRES.dataSource().getConnection();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("select quorate_v1.cancel(3)");

            Operator.Said given = types("verify", "--certificate", file);
            assertThat(given.exit()).isEqualTo(Exit.TIMED_OUT);
            assertThat(given.err()).contains("may still be committed");
            Operator.Said said = Operator.of(POSTGRES, home)
                    .pausing(length -> {
                        if (looks.incrementAndGet() == 3) {
                            commit(open);
                        }
                        return true;
                    })
                    .types("verify", "--certificate", file);

            assertThat(said.exit()).as(said.err()).isZero();
        }
        assertThat(looks).hasValue(3);
        assertThat(check().exit()).isZero();
    }

    @Test
    void a_transaction_that_began_after_the_window_is_not_waited_for() throws Exception {
        try (Connection open = POSTGRES.dataSource().getConnection();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("select quorate_v1.cancel(3)");
            String begun = POSTGRES.database()
                    .text("select extract(epoch from clock_timestamp() - min(xact_start)) + 60 from pg_stat_activity"
                            + " where datname = current_database()");

            assertThat(types("verify", "--until", (long) Double.parseDouble(begun) + "s", "--certificate", file)
                            .exit())
                    .isZero();
        }
    }

    private static void commit(Connection connection) {
        try {
            connection.commit();
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void verify_changes_nothing_and_waits_for_no_statement_longer_than_it_may() throws Exception {
        Operator.execute(
                POSTGRES, "alter database " + POSTGRES.database().name() + " set default_transaction_read_only = on");

        assertThat(types("verify", "--certificate", file).exit()).isZero();
        assertThat(types("verify", "--check", file).exit()).isZero();

        try (Connection open = POSTGRES.dataSource().getConnection();
                Statement statement = open.createStatement()) {
            open.setReadOnly(false);
            open.setAutoCommit(false);
            statement.execute("lock table quorate.claim in access exclusive mode");
            Operator.Said said = types("verify", "--timeout", "300ms");
            assertThat(said.exit()).isEqualTo(Exit.TIMED_OUT);
            assertThat(said.err().lines()).hasSize(1);
        }
    }

    @Test
    void many_violations_are_counted_no_further_than_a_thousand() {
        Operator.execute(
                POSTGRES,
                "insert into quorate.history (kind, brid, masterid, epoch, attempt, actor)"
                        + " select 'claim', 1, 1, 7, gen_random_uuid(), 'x' from generate_series(1, 1500)");

        Operator.Said said = types("verify");

        assertThat(said.exit()).isEqualTo(Exit.VIOLATION);
        assertThat(said.out()).contains("1000 or more VIOLATED");
    }
}
