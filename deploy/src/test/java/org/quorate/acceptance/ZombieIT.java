package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quorate.claim.Attempt;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresSchedulers;
import org.quorate.scheduler.Tick;

/** A master that was frozen and failed over wakes with its old authority (I2, I3, I7). */
class ZombieIT {
    private static final String M1 = " from quorate.master where name = 'm1'";

    private Site site;

    @BeforeEach
    void open() {
        site = Site.open();
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void every_write_of_a_woken_zombie_is_refused_in_the_database_and_the_master_serves_again() {
        Map<String, String> schedulers = new LinkedHashMap<>();
        for (int i = 0; i < 8; i++) {
            schedulers.put("s" + i, "kind: periodic, every: 24h, builders: [slow]");
        }
        site.startAll(Buildmaster.of(4, Map.of("slow", "sleep 3")).with(schedulers), "m1", "m2");
        site.awaitTrue("select exists (select 1 from quorate_v1.schedulers where owner = 'm1')");
        int submitted = site.submit("slow", 16);
        site.awaitHolding("m1");
        site.of("m1").freezeAll();
        Zombie zombie = zombie();
        // the builds are over when the buildmaster wakes, since time goes on: it has these completions to report
        String held = site.query("select string_agg(quote_literal(attempt), ', ') from quorate.claim where masterid = "
                + zombie.authority.masterid());
        site.awaitTrue("select state = 'dead'" + M1);
        int fence = site.number("select max(seq) from quorate.history where kind = 'fence'");

        try (PostgresDatabase database = PostgresDatabase.open(
                new DatabaseSettings(
                        site.jdbcUrl(),
                        site.user(),
                        site.password(),
                        1,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60)),
                "zombie")) {
            PostgresClaims claims = new PostgresClaims(database);
            PostgresSchedulers ports = new PostgresSchedulers(database);
            assertThatThrownBy(() -> claims.take(zombie.authority, zombie.claim()))
                    .isInstanceOf(Fenced.class);
            assertThatThrownBy(() -> claims.take(zombie.authority, zombie.completion()))
                    .isInstanceOf(Fenced.class);
            assertThatThrownBy(() -> ports.tick(zombie.authority, zombie.tick()))
                    .isInstanceOf(Fenced.class);
        }
        site.of("m1").thawAll();

        site.awaitTrue("select state = 'active' and epoch > " + zombie.authority.epoch() + M1);
        assertThat(site.query("select count(*) from quorate.history where epoch = " + zombie.authority.epoch()
                        + " and masterid = " + zombie.authority.masterid()
                        + " and kind in ('claim', 'complete', 'tick', 'own')"
                        + " and seq > " + fence))
                .as("nothing was written in the epoch that had ended")
                .isEqualTo("0");
        Patience.until(() -> site.of("m1").logText().contains("fenced, buildmaster stopped: "));
        site.assertWhole(submitted);
        assertThat(site.query(
                        "select count(*) from quorate.history where kind = 'complete' and attempt in (" + held + ")"))
                .as("no completion of an attempt that the frozen master held was accepted")
                .isEqualTo("0");
        assertThat(site.query("select bool_and(exists (select 1 from quorate.history h where h.kind = 'complete'"
                        + " and h.brid = r.brid and h.attempt <> r.attempt)) from quorate.history r"
                        + " where r.kind = 'release' and r.attempt in (" + held + ")"))
                .as("each of these buildrequests was completed by another attempt")
                .isEqualTo("t");
    }

    /** What the frozen process knows: its authority, one of its claims, one of its terms. */
    private Zombie zombie() {
        Authority authority = new Authority(
                site.number("select masterid" + M1),
                Long.parseLong(site.query("select epoch" + M1)),
                UUID.fromString(site.query("select incarnation" + M1)));
        String claim = " from quorate.claim where masterid = " + authority.masterid() + " order by brid limit 1";
        String term = " from quorate_v1.schedulers where owner = 'm1' order by name limit 1";
        return new Zombie(
                authority,
                site.number("select brid" + claim),
                UUID.fromString(site.query("select attempt" + claim)),
                site.number("select id from builders where name = 'slow'"),
                site.query("select name" + term),
                Long.parseLong(site.query("select term" + term)));
    }

    private record Zombie(Authority authority, int brid, UUID attempt, int builderid, String scheduler, long term) {
        Turn claim() {
            return new Turn(
                    UUID.randomUUID(), List.of(), List.of(), List.of(new Wanted(builderid, 4, LowWaterMark.LOWEST)), 4);
        }

        Turn completion() {
            return new Turn(
                    UUID.randomUUID(),
                    List.of(new Completion(new Attempt(brid, attempt), Results.SUCCESS)),
                    List.of(),
                    List.of(),
                    0);
        }

        Tick tick() {
            return new Tick(scheduler, term, "of a zombie", 0, List.of("slow"), 0, "too late", "{}");
        }
    }
}
