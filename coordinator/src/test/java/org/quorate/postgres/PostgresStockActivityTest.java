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

/** The agent and operators see what a stock buildmaster writes into Buildbot's tables. */
class PostgresStockActivityTest {
    private static final String NAME = "build7:/srv/bb";

    private TestDatabase tables;
    private PostgresDatabase pool;
    private StockActivity activity;
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
                "activity");
        activity = new PostgresStockActivity(pool);
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
        return activity.presence(authority, "build7");
    }

    private String shown() {
        return tables.text("select concat_ws(' ', claims, plugin) from quorate_v1.masters where name = '" + NAME + "'");
    }

    @Test
    void a_stock_buildmaster_holds_the_incomplete_buildrequests_that_it_claimed() throws SQLException {
        tables.execute("insert into builders (name, name_hash) values ('linux', 'l')");
        tables.text("select count(*) from quorate_v1.submit('linux', count => 2)");
        assertThat(presence().held()).isZero();

        buildmaster("insert into buildrequest_claims (brid, masterid, claimed_at)"
                + " select r.id, :me, 0 from buildrequests r");

        assertThat(presence().held()).isEqualTo(2);
        assertThat(shown()).isEqualTo("2 f");

        buildmaster("update buildrequests set complete = 1, results = 0, complete_at = 1 where id = 1");

        assertThat(presence().held()).isEqualTo(1);
        assertThat(shown()).isEqualTo("1 f");
    }

    @Test
    void a_stock_buildmaster_has_a_heartbeat_from_its_start_to_its_end() throws SQLException {
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
    void an_agent_that_resumes_stores_again_whether_its_buildmaster_has_the_plugin() {
        assertThat(shown()).isEqualTo("0 f");

        new PostgresMasters(pool).resume(NAME, UUID.randomUUID(), authority.epoch());

        assertThat(shown()).isEqualTo("0 t");
    }
}
