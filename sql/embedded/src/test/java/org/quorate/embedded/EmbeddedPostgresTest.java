package org.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
    @TempDir
    Path temporary;

    @Test
    void is_durable_unless_asked_otherwise() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start()) {
            assertThat(ask(postgres, "show fsync")).isEqualTo("on");
            assertThat(ask(postgres, "show synchronous_commit")).isEqualTo("on");
            assertThat(ask(postgres, "show data_checksums")).isEqualTo("on");
        }
    }

    @Test
    void takes_no_connection_without_the_password() {
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().setting("fsync", "off").start()) {
            assertThatThrownBy(() -> java.sql.DriverManager.getConnection(
                                    postgres.jdbcUrl("postgres"), postgres.user(), "guess")
                            .close())
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void data_to_be_kept_is_there_at_the_next_start() throws Exception {
        String password;
        try (EmbeddedPostgres postgres = kept().start()) {
            Queries.execute(postgres.dataSource("postgres"), "create table t as select 42 as answer");
            password = postgres.password();
        }

        try (EmbeddedPostgres postgres = kept().start()) {
            assertThat(ask(postgres, "select answer from t")).isEqualTo("42");
            assertThat(postgres.password()).isEqualTo(password);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary.resolve("pg/password"))))
                .isEqualTo("rw-------");
    }

    @Test
    void data_of_another_version_is_refused() throws Exception {
        kept().start().close();
        Files.writeString(temporary.resolve("pg/data/PG_VERSION"), "14\n");

        assertThatThrownBy(() -> kept().start())
                .isInstanceOf(PostgresUnavailable.class)
                .hasMessageContaining("is of PostgreSQL 14 and these programs are PostgreSQL 17");
    }

    @Test
    void data_that_was_kept_is_never_taken_for_throwaway() {
        kept().start().close();

        assertThatThrownBy(() -> EmbeddedPostgres.builder()
                        .dataDirectory(temporary.resolve("pg"))
                        .start())
                .hasMessageContaining("holds PostgreSQL data of an earlier start");
        assertThat(temporary.resolve("pg/data/PG_VERSION")).exists();
    }

    @Test
    void a_folder_of_somebody_else_is_refused() throws Exception {
        Files.createDirectories(temporary.resolve("pg"));
        Files.writeString(temporary.resolve("pg/thesis.tex"), "");

        assertThatThrownBy(() -> kept().start()).hasMessageContaining("holds other files, such as thesis.tex");
    }

    @Test
    void data_not_to_be_kept_is_gone_after_close() {
        Path folder = temporary.resolve("pg");
        EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().dataDirectory(folder).start();

        postgres.close();
        postgres.close();

        assertThat(folder).doesNotExist();
        assertThat(postgres.isRunning()).isFalse();
    }

    @Test
    void a_server_of_somebody_else_on_its_port_is_never_taken_for_its_own() throws Exception {
        try (EmbeddedPostgres other =
                EmbeddedPostgres.builder().setting("fsync", "off").start()) {
            assertThatThrownBy(
                            () -> EmbeddedPostgres.builder().port(other.port()).start())
                    .isInstanceOf(PostgresUnavailable.class)
                    .hasMessageContaining("could not bind");
            assertThat(ask(other, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void what_was_committed_survives_a_crash_and_the_port_stays() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start()) {
            int port = postgres.port();
            Queries.execute(postgres.dataSource("postgres"), "create table t as select 42 as answer");

            postgres.kill();
            assertThat(postgres.isRunning()).isFalse();
            postgres.restart();

            assertThat(postgres.port()).isEqualTo(port);
            assertThat(ask(postgres, "select answer from t")).isEqualTo("42");
        }
    }

    @Test
    void postgresql_dies_with_the_process_that_started_it() throws Exception {
        Process child = Child.start(temporary);
        try {
            ProcessHandle postgres = Child.postgres(child, temporary);

            child.destroyForcibly();

            postgres.onExit().get(5, TimeUnit.MINUTES);
        } finally {
            child.destroyForcibly();
        }
    }

    static String ask(EmbeddedPostgres postgres, String query) throws Exception {
        return Queries.text(postgres.dataSource("postgres"), query);
    }

    private EmbeddedPostgres.Builder kept() {
        try {
            return EmbeddedPostgres.builder()
                    .dataDirectory(Files.createDirectories(temporary).resolve("pg"))
                    .keepData(true);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
