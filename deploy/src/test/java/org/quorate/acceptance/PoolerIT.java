package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quorate.testing.PgBouncer;

/** Debian's PgBouncer between a real Buildbot master, its agent and PostgreSQL. */
@Tag("buildbot")
class PoolerIT {
    private static final String REFUSAL = "a connection pooler in transaction mode";

    private Site site;

    @BeforeEach
    void open() {
        PgBouncer.given();
        site = Site.withBuildbot();
    }

    @AfterEach
    void close() {
        site.close();
    }

    private PgBouncer pooler(String mode) {
        return PgBouncer.before(site.postgres().port(), site.user(), site.password(), mode, "default_pool_size = 50");
    }

    @Test
    void through_a_pooler_in_session_mode_builds_are_fenced_and_the_history_has_each_completion() {
        try (PgBouncer pooler = pooler("session")) {
            Buildbot buildbot = new Buildbot(site, "m1", 2).through(pooler.port());
            Master master = site.master("m1", buildbot);
            master.rewrite(text -> text.replace(site.jdbcUrl(), pooler.jdbcUrl("postgres")));
            master.start();
            site.awaitAttached("m1");

            site.submit("quick", 6);

            site.awaitTrue("select count(*) = 6 from buildrequests r join builders b on b.id = r.builderid"
                    + " where b.name = 'quick' and r.complete = 1 and r.results = 0");
            assertThat(site.number("select count(*) from quorate.history h join buildrequests r on r.id = h.brid"
                            + " join builders b on b.id = r.builderid"
                            + " where b.name = 'quick' and h.kind = 'complete' and h.actor = 'buildmaster:m1'"))
                    .isEqualTo(6);
            assertThat(site.violations()).isEmpty();
            Map<String, String> throughPooler = new HashMap<>(site.environment());
            throughPooler.put("QUORATE_DATABASE_URL", pooler.jdbcUrl("postgres"));
            assertThat(Command.runAt(
                                    Path.of("."),
                                    throughPooler,
                                    List.of(Command.program("quorate"), "doctor", "--timeout", "60s"))
                            .out())
                    .contains("127.0.0.1:" + pooler.port() + " is a pooler in session mode");
        }
    }

    @Test
    void a_master_refuses_a_pooler_in_transaction_mode_with_one_line_and_works_when_the_mode_is_changed() {
        try (PgBouncer pooler = pooler("transaction")) {
            Buildbot buildbot = new Buildbot(site, "m1", 1).through(pooler.port());
            site.master("m1", buildbot).start();

            Patience.until(() -> buildbot.log().contains(REFUSAL));

            assertThat(buildbot.log()).contains("pool_mode = session");
            pooler.setMode("session");
            site.awaitAttached("m1");
            assertThat(buildbot.log().split(REFUSAL, -1))
                    .as("the refusal, logged once")
                    .hasSize(2);
        }
    }
}
