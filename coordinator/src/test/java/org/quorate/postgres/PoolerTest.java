package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
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
import org.quorate.testing.PgBouncer;
import org.quorate.testing.PostgresFixture;

/** Debian's PgBouncer between the agent and PostgreSQL. */
@Timeout(300)
class PoolerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @BeforeAll
    static void given_a_pooler() {
        PgBouncer.given();
    }

    private static PgBouncer pooler(String mode, String... settings) {
        return PgBouncer.before(POSTGRES.server().port(), POSTGRES.user(), POSTGRES.password(), mode, settings);
    }

    private static DatabaseSettings through(PgBouncer pooler, SessionCheck check) {
        return new DatabaseSettings(
                pooler.jdbcUrl(POSTGRES.database().name()),
                POSTGRES.user(),
                POSTGRES::password,
                2,
                Duration.ofSeconds(20),
                Duration.ofSeconds(30),
                check);
    }

    @Test
    void an_agent_works_in_full_through_a_pooler_in_session_mode_as_it_is_installed() throws Exception {
        POSTGRES.database().execute("insert into builders (name, name_hash) values ('linux', 'x')");
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux')");
        AtomicReference<SessionFacts> facts = new AtomicReference<>();
        List<String> heard = new ArrayList<>();
        try (PgBouncer pooler = pooler("session");
                PostgresDatabase database = PostgresDatabase.open(through(pooler, facts::set), "test");
                Notifications notifications =
                        new Notifications(through(pooler, SessionCheck.NONE), "test", System::nanoTime)) {
            Authority m1 = new PostgresMasters(database)
                    .register("m1", UUID.randomUUID(), 1)
                    .authority();
            Turn turn = new Turn(
                    UUID.randomUUID(), List.of(), List.of(), List.of(new Wanted(1, 1, LowWaterMark.LOWEST)), 1);

            assertThat(new PostgresClaims(database).take(m1, turn).claimed()).hasSize(1);

            assertThat(facts.get().pooled()).isTrue();
            assertThat(notifications.await(10, one -> {})).isTrue();
            POSTGRES.database().execute("notify quorate_control, 'through the pooler'");
            await().atMost(PATIENCE).until(() -> {
                notifications.await(10, one -> heard.add(one.payload()));
                return heard.contains("through the pooler");
            });
        }
    }

    @Test
    void the_settings_of_a_session_arrive_through_a_pooler() throws Exception {
        try (PgBouncer pooler = pooler("session");
                Connection session = Sessions.ofAgent(through(pooler, SessionCheck.NONE), "test")
                        .getConnection();
                Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("show lock_timeout")) {
            row.next();

            assertThat(row.getString(1)).isEqualTo("20s");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ignore_startup_parameters = extra_float_digits,options"})
    void an_agent_refuses_a_pooler_in_transaction_mode(String setting) throws Exception {
        try (PgBouncer pooler = pooler("transaction", setting);
                PostgresDatabase database = PostgresDatabase.open(through(pooler, SessionCheck.NONE), "test");
                Notifications notifications =
                        new Notifications(through(pooler, SessionCheck.NONE), "test", System::nanoTime)) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThatThrownBy(new PostgresMasters(database)::list)
                            .isInstanceOf(DatabaseUnreachable.class)
                            .hasMessage("PostgreSQL gives no session that can be used: 127.0.0.1:" + pooler.port()
                                    + " is a connection pooler in transaction mode, in which a session's settings and"
                                    + " notifications go astray: use session mode there (PgBouncer: pool_mode ="
                                    + " session), or connect to PostgreSQL itself"));
            assertThat(notifications.await(10, one -> {})).isFalse();
        }
    }

    @Test
    void a_pooler_in_transaction_mode_is_refused_also_while_others_use_it() throws Exception {
        try (PgBouncer pooler = pooler("transaction");
                Connection other = plain(pooler);
                Connection another = plain(pooler);
                Statement busy = other.createStatement();
                Statement statement = another.createStatement()) {
            busy.execute("begin");
            statement.execute("select 1");

            assertThatThrownBy(() -> command(pooler).getConnection()).hasMessageContaining("transaction mode");
        }
    }

    @Test
    void a_pooler_in_statement_mode_is_refused() {
        try (PgBouncer pooler = pooler("statement")) {
            assertThatThrownBy(() -> command(pooler).getConnection())
                    .hasMessageContaining("transaction blocks not allowed in statement pooling mode");
        }
    }

    private static Connection plain(PgBouncer pooler) throws Exception {
        return java.sql.DriverManager.getConnection(
                pooler.jdbcUrl(POSTGRES.database().name()) + "?preferQueryMode=simple",
                POSTGRES.user(),
                POSTGRES.password());
    }

    private static Sessions command(PgBouncer pooler) {
        return Sessions.ofCommand(
                pooler.jdbcUrl(POSTGRES.database().name()),
                Optional.of(POSTGRES.user()),
                Optional.of(POSTGRES.password()),
                Duration.ofSeconds(20),
                SessionCheck.NONE);
    }
}
