package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Failovers;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;
import org.quorate.testing.PostgresFixture;

/** The checks of {@code quorate verify} find no violation in what the adapters write. */
class VerifiedHistoryTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private PostgresDatabase database;
    private PostgresMasters masters;
    private PostgresClaims claims;
    private PostgresSchedulers schedulers;

    @BeforeEach
    void open() {
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        POSTGRES.url(),
                        POSTGRES.user(),
                        POSTGRES.password(),
                        2,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(30)),
                "quorate-test");
        masters = new PostgresMasters(database);
        claims = new PostgresClaims(database);
        schedulers = new PostgresSchedulers(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void claims_completions_releases_and_cancellations_pass_verify() {
        Authority m1 = register("m1");
        int builder = masters.offerBuilders(m1, List.of("linux")).get("linux");
        POSTGRES.database().execute("select quorate_v1.submit('linux', count => 6)");

        List<Claim> held = claim(m1, builder, 4);
        claims.take(
                m1,
                new Turn(
                        UUID.randomUUID(),
                        List.of(new Completion(held.get(0).attempt(), 0)),
                        List.of(new Turn.Release(held.get(1).attempt(), "no worker")),
                        List.of(),
                        0));
        POSTGRES.database()
                .execute("select quorate_v1.cancel(id) from buildrequests where id in (5, "
                        + held.get(2).brid() + ")");
        claim(m1, builder, 1);

        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void resuming_registering_again_and_leaving_pass_verify() {
        Authority m1 = register("m1");
        int builder = masters.offerBuilders(m1, List.of("linux")).get("linux");
        POSTGRES.database().execute("select quorate_v1.submit('linux', count => 4)");
        claim(m1, builder, 2);
        Authority resumed = masters.resume("m1", UUID.randomUUID(), m1.epoch())
                .orElseThrow()
                .authority();
        claim(resumed, builder, 1);
        assertThat(POSTGRES.database().violations()).isEmpty();

        Authority again = register("m1");
        claim(again, builder, 3);
        assertThat(POSTGRES.database().violations()).isEmpty();

        masters.leave(again, "stopped");
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void fencing_and_releasing_what_the_victim_held_pass_verify() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        int builder = masters.offerBuilders(m2, List.of("linux")).get("linux");
        POSTGRES.database().execute("select quorate_v1.submit('linux', count => 3)");
        claim(m2, builder, 2);
        schedulers.enlist(m2, List.of("nightly"));
        schedulers.own(m2, "nightly", 0);
        long leader = masters.lead(m1, 0);

        Failovers.FailOver outcome = masters.failOver(m1, leader, m2.masterid(), m2.epoch(), 0, "no heartbeat");

        assertThat(outcome.result()).isEqualTo(Failovers.FailOver.Result.RELEASED);
        assertThat(POSTGRES.database().violations()).isEmpty();
        claim(register("m2"), builder, 3);
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void a_cancellation_when_its_claim_ends_passes_verify() {
        Authority m1 = register("m1");
        int builder = masters.offerBuilders(m1, List.of("linux")).get("linux");
        POSTGRES.database().execute("select quorate_v1.submit('linux', count => 3)");
        List<Claim> held = claim(m1, builder, 3);
        POSTGRES.database()
                .execute("select quorate_v1.cancel(id) from buildrequests where id in ("
                        + held.get(0).brid() + ", " + held.get(1).brid() + ")");

        claims.take(
                m1,
                new Turn(
                        UUID.randomUUID(),
                        List.of(),
                        List.of(new Turn.Release(held.get(0).attempt(), "no worker")),
                        List.of(),
                        0));
        assertThat(POSTGRES.database().violations()).isEmpty();
        register("m1");
        assertThat(POSTGRES.database().violations()).isEmpty();

        assertThat(POSTGRES.database().number("select count(*) from buildrequests where results = 6"))
                .isEqualTo(2);
        assertThat(POSTGRES.database().number("select count(*) from quorate.cancellation"))
                .isZero();
    }

    @Test
    void a_fenced_master_that_still_holds_its_claims_passes_verify() throws Exception {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        int builder = masters.offerBuilders(m2, List.of("linux")).get("linux");
        POSTGRES.database().execute("select quorate_v1.submit('linux', count => 3)");
        claim(m2, builder, 2);
        long leader = masters.lead(m1, 0);

        try (var session = POSTGRES.dataSource().getConnection()) {
            session.setClientInfo("ApplicationName", PostgresMasters.applicationName("m2"));
            assertThat(masters.failOver(m1, leader, m2.masterid(), m2.epoch(), 0, "no heartbeat")
                            .result())
                    .isEqualTo(Failovers.FailOver.Result.FENCED);
        }
        assertThat(POSTGRES.database().violations()).isEmpty();

        assertThat(masters.release(m1, leader, m2.masterid())).isEqualTo(2);
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void terms_and_ticks_pass_verify() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        schedulers.enlist(m1, List.of("nightly"));
        masters.offerBuilders(m1, List.of("linux"));
        long first = schedulers.own(m1, "nightly", 0).orElseThrow().term();
        tick(m1, first, "at 1");
        schedulers.disown(m1, "nightly", first);
        long second = schedulers.own(m2, "nightly", 0).orElseThrow().term();
        tick(m2, second, "at 2");
        assertThat(tick(m2, second, "at 1").state()).isEqualTo(Schedulers.TickResult.State.ALREADY);

        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void terms_of_a_change_source_pass_verify_and_are_shown_in_buildbots_table() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        schedulers.enlist(m1, List.of("nightly", "changesource:git"));
        long term = schedulers.own(m1, "changesource:git", 0).orElseThrow().term();
        assertThat(owners()).isEqualTo("git " + m1.masterid());
        assertThat(POSTGRES.database().number("select count(*) from scheduler_masters"))
                .isZero();

        schedulers.disown(m1, "changesource:git", term);
        assertThat(owners()).isEqualTo("null");
        schedulers.own(m2, "changesource:git", 0);
        assertThat(owners()).isEqualTo("git " + m2.masterid());
        register("m2");
        assertThat(owners()).isEqualTo("null");

        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    private static String owners() {
        return POSTGRES.database()
                .text("select string_agg(s.name || ' ' || m.masterid, ',')"
                        + " from changesource_masters m join changesources s on s.id = m.changesourceid");
    }

    private Authority register(String name) {
        return masters.register(name, UUID.randomUUID(), 0).authority();
    }

    private List<Claim> claim(Authority authority, int builder, int slots) {
        Turn turn = new Turn(
                UUID.randomUUID(),
                List.of(),
                List.of(),
                List.of(new Wanted(builder, slots, LowWaterMark.LOWEST)),
                slots);
        List<Claim> claimed = claims.take(authority, turn).claimed();
        assertThat(claimed).hasSize(slots);
        return claimed;
    }

    private Schedulers.TickResult tick(Authority authority, long term, String occasion) {
        return schedulers.tick(
                authority, new Tick("nightly", term, occasion, 1, List.of("linux"), 0, "the night", "{}"));
    }
}
