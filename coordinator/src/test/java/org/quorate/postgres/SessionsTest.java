package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.testing.PostgresFixture;

/** What a new session to PostgreSQL is given, which hosts are tried for it, and what is said when there is none. */
@Timeout(300)
class SessionsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Duration LIMIT = Duration.ofSeconds(20);
    /** The limit where no session is given: each attempt to get one waits for it. */
    private static final Duration BRIEF = Duration.ofSeconds(1);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private final List<PostgresDatabase> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(PostgresDatabase::close);
    }

    private PostgresDatabase refused(String url) {
        return refused(url, POSTGRES.user(), POSTGRES.password(), SessionCheck.NONE);
    }

    private PostgresDatabase refused(String url, String user, String password, SessionCheck check) {
        return open(new DatabaseSettings(url, user, () -> password, 1, BRIEF, BRIEF.multipliedBy(2), check));
    }

    private PostgresDatabase open(DatabaseSettings settings) {
        PostgresDatabase database = PostgresDatabase.open(settings, "quorate-test");
        opened.add(database);
        return database;
    }

    private static DatabaseSettings settings(String url, SessionCheck check) {
        return new DatabaseSettings(url, POSTGRES.user(), POSTGRES::password, 1, LIMIT, Duration.ofSeconds(30), check);
    }

    /** What a role or a database of a real site carries. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "search_path = nowhere",
                "default_transaction_read_only = on",
                "idle_in_transaction_session_timeout = '1ms'"
            })
    void an_agent_claims_whatever_its_role_sets(String setting) {
        POSTGRES.database().execute("insert into builders (name, name_hash) values ('linux', 'x')");
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux')");
        given(setting);
        PostgresDatabase database = open(settings(POSTGRES.url(), SessionCheck.NONE));

        Authority m1 = new PostgresMasters(database)
                .register("m1", UUID.randomUUID(), 1)
                .authority();
        var claims = new PostgresClaims(database);
        var taken = claims.take(
                m1,
                new Turn(UUID.randomUUID(), List.of(), List.of(), List.of(new Wanted(1, 1, LowWaterMark.LOWEST)), 1));

        assertThat(taken.claimed()).hasSize(1);
    }

    @Test
    void each_setting_of_an_agent_and_of_the_command_wins_over_the_role() throws Exception {
        for (String setting : List.of(
                "search_path = nowhere",
                "statement_timeout = '70s'",
                "lock_timeout = '70s'",
                "default_transaction_isolation = 'serializable'",
                "transaction_timeout = '70s'",
                "idle_session_timeout = '70s'",
                "client_connection_check_interval = '70s'",
                // the last one, since the test's own session obeys it
                "default_transaction_read_only = on")) {
            given(setting);
        }
        for (Sessions sessions : List.of(
                Sessions.ofAgent(settings(POSTGRES.url(), SessionCheck.NONE), "test"),
                Sessions.ofCommand(
                        POSTGRES.url(),
                        Optional.of(POSTGRES.user()),
                        Optional.of(POSTGRES.password()),
                        LIMIT,
                        SessionCheck.NONE))) {
            try (Connection session = sessions.getConnection();
                    Statement statement = session.createStatement();
                    ResultSet row = statement.executeQuery(
                            "select string_agg(name, ' ') from pg_settings where source = 'database user'")) {
                row.next();
                assertThat(row.getString(1)).as("what the role still decides").isNull();
            }
        }
    }

    private static void given(String setting) {
        POSTGRES.database()
                .execute("alter role " + POSTGRES.user() + " in database "
                        + POSTGRES.database().name() + " set " + setting);
    }

    @Test
    void a_first_host_that_never_answers_does_not_keep_the_second_from_being_reached() throws Exception {
        try (ServerSocket silent = silent()) {
            String url = two(silent.getLocalPort(), POSTGRES.url());
            AtomicReference<String> host = new AtomicReference<>();

            // at the first attempt
            Sessions.ofAgent(settings(url, facts -> host.set(facts.host())), "test")
                    .getConnection()
                    .close();
            Sessions.ofCommand(
                            url,
                            Optional.of(POSTGRES.user()),
                            Optional.of(POSTGRES.password()),
                            LIMIT,
                            SessionCheck.NONE)
                    .getConnection()
                    .close();

            assertThat(host.get())
                    .isEqualTo(ServerAddresses.of(url).hosts().get(1).host());
        }
    }

    @Test
    void the_host_that_answered_last_is_tried_first() throws Exception {
        AtomicReference<String> host = new AtomicReference<>();
        int closed = closedPort();
        String url = two(closed, POSTGRES.url());
        Sessions sessions = Sessions.ofAgent(settings(url, facts -> host.set(facts.host())), "test");
        sessions.getConnection().close();
        assertThat(host.get()).isEqualTo(ServerAddresses.of(url).hosts().get(1).host());
        try (ServerSocket again = new ServerSocket(closed, 1, InetAddress.getByName("127.0.0.1"))) {
            again.setSoTimeout(1);

            sessions.getConnection().close();

            assertThatThrownBy(again::accept)
                    .as("nobody connected to the first host")
                    .isInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    @Test
    void a_host_that_the_check_refuses_is_passed_over_and_named() {
        String refused = POSTGRES.url().replaceFirst(".*//([^/]*)/.*", "$1");
        String url = POSTGRES.url()
                .replace("//" + refused, "//" + refused + "," + refused.replace("127.0.0.1", "localhost"));
        SessionCheck check = facts -> {
            if (facts.host().equals(refused)) {
                throw new SQLException("another database", "55000");
            }
        };
        assertThat(new PostgresMasters(open(settings(url, check))).list()).isEmpty();

        PostgresDatabase none = refused(POSTGRES.url(), POSTGRES.user(), POSTGRES.password(), check);

        awaitRefusal(none, "PostgreSQL gives no session that can be used: another database");
    }

    private static ServerSocket silent() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = silent()) {
            return socket.getLocalPort();
        }
    }

    private static String two(int firstPort, String url) {
        return url.replace("//", "//127.0.0.1:" + firstPort + ",");
    }

    @Test
    void a_wrong_password_is_named_and_the_same_message_each_time() {
        PostgresDatabase database = refused(POSTGRES.url(), POSTGRES.user(), "guess", SessionCheck.NONE);

        awaitRefusal(
                database,
                "PostgreSQL refuses this user: password authentication failed for user \"" + POSTGRES.user()
                        + "\"; check database.user, database.password_file and the server's pg_hba.conf");
    }

    @Test
    void an_unknown_database_is_named() {
        awaitRefusal(
                refused(POSTGRES.server().jdbcUrl("nothere")),
                "PostgreSQL refuses the session: database \"nothere\" does not exist; check database.url");
    }

    @Test
    void a_refused_port_is_named() {
        awaitRefusal(
                refused("jdbc:postgresql://127.0.0.1:1/quorate"),
                "PostgreSQL is unreachable: Connection to 127.0.0.1:1 refused. Check that the hostname and port are"
                        + " correct and that the postmaster is accepting TCP/IP connections");
    }

    @Test
    void a_server_without_tls_is_named_where_tls_is_required() {
        awaitRefusal(
                refused(POSTGRES.url() + "?sslmode=require"),
                "PostgreSQL is unreachable: The server does not support SSL");
    }

    @Test
    void a_role_that_may_not_log_in_is_named() {
        POSTGRES.database().execute("create role barred_" + POSTGRES.database().name() + " password 'x'");
        String role = "barred_" + POSTGRES.database().name();
        awaitRefusal(
                refused(POSTGRES.url(), role, "x", SessionCheck.NONE),
                "PostgreSQL refuses this user: role \"" + role + "\" is not permitted to log in; check database.user,"
                        + " database.password_file and the server's pg_hba.conf");
        POSTGRES.database().execute("drop role " + role);
    }

    @Test
    void each_host_is_named_with_its_own_cause() {
        String here = POSTGRES.url().replaceFirst(".*//([^/]*)/.*", "$1");

        awaitRefusal(
                refused("jdbc:postgresql://127.0.0.1:1," + here + "/nothere"),
                "PostgreSQL refuses the session: 127.0.0.1:1: Connection to 127.0.0.1:1 refused. Check that the"
                        + " hostname and port are correct and that the postmaster is accepting TCP/IP connections; "
                        + here + ": database \"nothere\" does not exist; check database.url");
    }

    /** Waits for the message, and requires that the next ones are the same. */
    private static void awaitRefusal(PostgresDatabase database, String message) {
        PostgresMasters masters = new PostgresMasters(database);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThatThrownBy(masters::list)
                        .isInstanceOf(DatabaseUnreachable.class)
                        .hasMessage(message));
        assertThatThrownBy(masters::list).hasMessage(message);
        assertThatThrownBy(() -> new PostgresCluster(database).objection("test"))
                .hasMessage(message);
    }

    @Test
    void a_new_password_is_used_without_a_restart_once_postgresql_refuses_the_old_one() throws Exception {
        String role = "rotating_" + POSTGRES.database().name();
        POSTGRES.database().execute("create role " + role + " login password 'old'");
        AtomicReference<String> file = new AtomicReference<>("old");
        Sessions sessions = Sessions.ofAgent(
                new DatabaseSettings(
                        POSTGRES.url(), role, file::get, 1, LIMIT, Duration.ofSeconds(30), SessionCheck.NONE),
                "test");
        sessions.getConnection().close();
        POSTGRES.database().execute("alter role " + role + " password 'new'");
        assertThatThrownBy(sessions::getConnection).hasMessageContaining("password authentication failed");

        file.set("new");

        sessions.getConnection().close();
        POSTGRES.database().execute("drop role " + role);
    }
}
