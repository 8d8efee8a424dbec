package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.quorate.testing.PostgresFixture;

/** Doctor and status, while something in the database is in Quorate's way. */
@Timeout(300)
class DoctorOfLocksTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @TempDir
    Path home;

    private final List<Connection> sessions = new ArrayList<>();

    @BeforeEach
    void some_requests() {
        Operator.populate(POSTGRES);
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux-gcc', count => 2)");
    }

    @AfterEach
    void closeSessions() throws SQLException {
        for (Connection session : sessions) {
            session.close();
        }
    }

    private String doctor() {
        return Operator.of(POSTGRES, home).types("doctor", "--timeout", "20s").out();
    }

    private Connection session(String user, String password, String program) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("ApplicationName", program);
        Connection session = DriverManager.getConnection(POSTGRES.url(), properties);
        sessions.add(session);
        return session;
    }

    @Test
    void a_session_that_has_locked_a_buildrequest_for_whom_somebody_waits_is_named_with_what_it_did() throws Exception {
        assertThat(doctor()).containsPattern("locks of others +ok +none that lasts");
        Connection psql = session(POSTGRES.user(), POSTGRES.password(), "psql");
        psql.setAutoCommit(false);
        psql.createStatement().execute("update buildrequests set priority = 7 where id = 1");
        Connection waiting = session(POSTGRES.user(), POSTGRES.password(), "another");
        CompletableFuture<Void> waits = CompletableFuture.runAsync(() -> {
            try {
                waiting.createStatement().execute("update buildrequests set priority = 8 where id = 1");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        await().atMost(PATIENCE)
                .until(() -> POSTGRES.database()
                        .text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                                + " and datname = current_database()")
                        .equals("1"));

        int pid = psql.unwrap(PGConnection.class).getBackendPID();
        assertThat(doctor())
                .containsPattern("locks of others +WARN +psql \\(pid " + pid + ", user " + POSTGRES.user()
                        + "\\) has locked rows of buildrequests for \\S+, idle in transaction, last statement UPDATE,"
                        + " 1 session waits")
                .contains("select pg_terminate_backend(" + pid + ")");

        psql.rollback();
        waits.join();
    }

    @Test
    void a_session_that_has_locked_a_whole_table_is_named_although_the_table_cannot_be_read() throws Exception {
        Connection tool = session(POSTGRES.user(), POSTGRES.password(), "vacuumdb");
        tool.setAutoCommit(false);
        tool.createStatement().execute("lock table quorate.claim in access exclusive mode");
        Connection waiting = session(POSTGRES.user(), POSTGRES.password(), "another");
        CompletableFuture<Void> waits = CompletableFuture.runAsync(() -> {
            try {
                waiting.createStatement().execute("select count(*) from quorate.claim");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        await().atMost(PATIENCE)
                .until(() -> POSTGRES.database()
                        .text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                                + " and datname = current_database()")
                        .equals("1"));

        assertThat(Operator.of(POSTGRES, home)
                        .types("doctor", "--timeout", "3s")
                        .out())
                .contains("vacuumdb (pid ")
                .contains("has locked the whole of quorate.claim");

        tool.rollback();
        waits.join();
    }

    @Test
    void a_right_that_a_failover_would_need_is_missed_before_it_is_needed() throws Exception {
        String builder = "b" + POSTGRES.database().name();
        String agent = "a" + POSTGRES.database().name();
        POSTGRES.database()
                .execute(
                        "create role " + builder + " login password 'x'; create role " + agent + " login password 'x'");
        try {
            session(builder, "x", "quorate-buildmaster:1:7");
            session(agent, "x", "quorate-agent:0123");

            assertThat(doctor())
                    .containsPattern("right to end sessions +WARN +" + agent + " may not end sessions of " + builder)
                    .contains("grant " + builder + " to " + agent + ", or grant pg_signal_backend to it");

            POSTGRES.database().execute("grant pg_signal_backend to " + agent);
            assertThat(doctor()).containsPattern("right to end sessions +ok +given");
        } finally {
            closeSessions();
            sessions.clear();
            POSTGRES.database().execute("drop role " + builder + "; drop role " + agent);
        }
    }

    @Test
    void what_is_set_aside_and_sequences_that_are_behind_are_shown_with_their_mend() {
        POSTGRES.database()
                .execute("insert into quorate.set_aside (brid, masterid, reason, again_at)"
                        + " values (2, 1, 'ERROR: no (SQLSTATE 22P02)', now() + interval '1 hour');"
                        + " alter sequence buildrequests_id_seq restart");

        assertThat(doctor())
                .containsPattern(
                        "set aside +WARN +1 request is set aside, first 2 of linux-gcc: ERROR: no \\(SQLSTATE 22P02\\)")
                .containsPattern("sequences +FAIL +buildrequests_id_seq is at 0 and its table at 2")
                .contains("fix: select setval('buildrequests_id_seq', (select max(id) from buildrequests))");
        assertThat(Operator.of(POSTGRES, home).types("status").out()).contains("set aside 1");
        assertThat(Operator.of(POSTGRES, home).types("explain", "2").out())
                .contains("not set aside")
                .contains("ERROR: no (SQLSTATE 22P02)")
                .contains("WILL NOT START NOW");
    }
}
