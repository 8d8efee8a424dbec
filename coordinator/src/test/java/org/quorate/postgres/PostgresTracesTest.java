package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.quorate.master.Authority;
import org.quorate.master.StockActivity;
import org.quorate.testing.TestDatabase;

/** What a buildmaster without the plugin writes as stock Buildbot does is seen, by its agent and by operators. */
class PostgresTracesTest {
    private static final String NAME = "build7:/srv/bb";

    private TestDatabase tables;
    private PostgresDatabase pool;
    private StockActivity traces;
    private Authority authority;

    @BeforeEach
    void given_a_master_without_the_plugin() {
        tables = TestDatabase.adopted();
        pool = PostgresDatabase.open(
                new DatabaseSettings(
                        tables.url(),
                        tables.user(),
                        tables.password(),
                        2,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60)),
                "traces");
        traces = new PostgresStockActivity(pool);
        authority = new PostgresMasters(pool, false)
                .register(NAME, UUID.randomUUID(), 0)
                .authority();
    }

    @AfterEach
    void drop() {
        pool.close();
        tables.close();
    }

    private void buildmaster(String sql) throws SQLException {
        PGSimpleDataSource source = (PGSimpleDataSource) tables.dataSource();
        source.setOptions("-c quorate.masterid=" + authority.masterid() + " -c quorate.epoch=" + authority.epoch());
        try (Connection session = source.getConnection();
                Statement statement = session.createStatement()) {
            statement.execute(sql.replace(":me", String.valueOf(authority.masterid())));
        }
    }

    private StockActivity.Presence presence() {
        return traces.presence(authority, "build7");
    }

    private String shown() {
        return tables.text("select concat_ws(' ', claims, plugin) from quorate_v1.masters where name = '" + NAME + "'");
    }

    @Test
    void its_own_claims_of_what_is_not_complete_are_what_it_holds() throws SQLException {
        tables.execute("insert into builders (name, name_hash) values ('linux', 'l')");
        tables.text("select count(*) from quorate_v1.submit('linux', count => 2)");
        assertThat(presence().held()).isZero();

        buildmaster(
                "insert into buildrequest_claims (brid, masterid, claimed_at) select r.id, :me, 0 from buildrequests r");

        assertThat(presence().held()).isEqualTo(2);
        assertThat(shown()).isEqualTo("2 f");

        buildmaster("update buildrequests set complete = 1, results = 0, complete_at = 1 where id = 1");

        assertThat(presence().held()).isEqualTo(1);
        assertThat(shown()).isEqualTo("1 f");
    }

    @Test
    void its_heartbeat_is_there_from_when_it_says_that_it_is_up_until_it_says_that_it_ends() throws SQLException {
        assertThat(presence().registered()).isFalse();
        buildmaster("update masters set active = 0 where id = :me");
        assertThat(presence().heartbeat()).isEmpty();

        buildmaster("update masters set active = 1, last_active = 1000 where id = :me");
        StockActivity.Heartbeat first = presence().heartbeat().orElseThrow();
        assertThat(presence().heartbeat()).contains(first);
        buildmaster("update masters set last_active = 1060 where id = :me");

        assertThat(presence().heartbeat()).contains(new StockActivity.Heartbeat(1060, first.server()));
        buildmaster("update masters set active = 0 where id = :me");
        assertThat(presence().heartbeat()).isEmpty();
    }

    @Test
    void an_agent_that_resumes_says_anew_whether_its_buildmaster_has_the_plugin() {
        assertThat(shown()).isEqualTo("0 f");

        new PostgresMasters(pool).resume(NAME, UUID.randomUUID(), authority.epoch());

        assertThat(shown()).isEqualTo("0 t");
    }
}
