package org.quorate.agent.claiming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Results;
import org.quorate.claim.StatementFailed;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresMasters;
import org.quorate.postgres.PostgresSetAsides;
import org.quorate.testing.PostgresFixture;

/**
 * Buildrequests for which the database fails for a reason that nobody foresaw, here a trigger of the site's own. Each
 * costs its own place, and not the turn.
 */
@Timeout(300)
class PoisonTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration RETENTION = Duration.ofDays(30);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private final AtomicLong nanos = new AtomicLong(1);
    private PostgresDatabase database;
    private PostgresMasters masters;
    private ClaimsApart claims;
    private Authority m1;
    private int builderid;

    @BeforeEach
    void twenty_buildrequests_of_two_builders() {
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        POSTGRES.url(),
                        POSTGRES.user(),
                        POSTGRES.password(),
                        2,
                        Duration.ofSeconds(100),
                        Duration.ofSeconds(110)),
                "quorate-test");
        masters = new PostgresMasters(database);
        claims = apart();
        m1 = masters.register("m1", UUID.randomUUID(), 1).authority();
        builderid = masters.offerBuilders(m1, List.of("linux", "mac")).get("linux");
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux', count => 10)");
        POSTGRES.database().text("select count(*) from quorate_v1.submit('mac', count => 10)");
        POSTGRES.database().execute("create table poison (brid integer primary key, what text)");
        POSTGRES.database().execute("""
                create function poison() returns trigger language plpgsql as $$
                begin
                  if exists (select 1 from poison p where p.what = tg_argv[0]
                              and p.brid = (case tg_argv[0] when 'claim' then to_jsonb(new) ->> 'brid'
                                            else to_jsonb(new) ->> 'id' end)::integer) then
                    raise exception 'the site does not like it' using errcode = '22P02';
                  end if;
                  return new;
                end $$;
                create trigger poison before insert on buildrequest_claims for each row execute function poison('claim');
                create trigger poison before update of complete on buildrequests
                  for each row execute function poison('end')
                """);
    }

    @AfterEach
    void nothing_is_lost_or_doubled() {
        assertThat(POSTGRES.database().violations()).isEmpty();
        database.close();
    }

    private ClaimsApart apart() {
        return new ClaimsApart(new PostgresClaims(database), new PostgresSetAsides(database), nanos::get);
    }

    private static void poison(int brid, String what) {
        POSTGRES.database().execute("insert into poison values (" + brid + ", '" + what + "')");
    }

    @Test
    void a_chosen_buildrequest_for_which_the_database_fails_is_set_aside_and_not_offered_again() {
        poison(3, "claim");
        List<Turn.Chosen> chosen = Stream.of(1, 2, 3, 4, 5)
                .map(brid -> new Turn.Chosen(builderid, brid))
                .toList();
        Turn turn = new Turn(UUID.randomUUID(), List.of(), List.of(), List.of(), 0, Set.of(), chosen);

        List<Claim> claimed = claims.take(m1, turn).claimed();

        assertThat(claimed).extracting(Claim::brid).containsExactlyInAnyOrder(1, 2, 4, 5);
        assertThat(claims.count()).isEqualTo(1);
        Wanted five = new Wanted(builderid, 5, LowWaterMark.LOWEST);
        Turn next = new Turn(UUID.randomUUID(), List.of(), List.of(), List.of(five), 5);
        assertThat(claims.candidates(next)).extracting(Claims.Candidate::brid).containsExactly(6, 7, 8, 9, 10);
    }

    @Test
    void a_buildrequest_for_which_the_database_fails_is_set_aside_and_all_others_are_claimed() {
        poison(3, "claim");
        poison(7, "claim");

        List<Integer> claimed = claim(claims, 20);

        assertThat(claimed).hasSize(18).doesNotContain(3, 7);
        assertThat(POSTGRES.database()
                        .text("select string_agg(request || ' ' || reason, ', ' order by request)"
                                + " from quorate_v1.set_aside"))
                .startsWith("3 ERROR: the site does not like it (SQLSTATE 22P02), 7 ERROR: ");
        assertThat(claims.count()).isEqualTo(2);
        assertThat(POSTGRES.database()
                        .text("select passes || ' ' || detail from quorate_v1.explain(3)"
                                + " where check_name = 'not set aside'"))
                .startsWith("false the database failed for it 1 times, last for m1: ERROR: the site");
        assertThat(POSTGRES.database()
                        .text("select count(*) from quorate_v1.explain(9)" + " where check_name = 'not set aside'"))
                .isEqualTo("0");
    }

    @Test
    void the_next_turns_pass_over_it_without_a_failure() {
        poison(1, "claim");
        claim(claims, 2);

        assertThat(claim(apart(), 2)).as("another agent").hasSize(2);
        assertThat(claim(claims, 2)).hasSize(2);

        assertThat(POSTGRES.database().text("select failures from quorate.set_aside"))
                .isEqualTo("1");
    }

    @Test
    void a_buildrequest_that_was_set_aside_is_tried_again_after_growing_pauses_and_forgotten_when_it_works() {
        poison(1, "claim");
        claim(claims, 1);
        pass(11);

        assertThat(claim(claims, 2)).hasSize(2).doesNotContain(1);

        assertThat(POSTGRES.database()
                        .text("select failures || ' ' || (again_at > now() + interval '15 seconds')"
                                + " from quorate.set_aside"))
                .isEqualTo("2 true");
        POSTGRES.database().execute("delete from poison");
        assertThat(claim(claims, 1)).doesNotContain(1);
        pass(21);
        assertThat(claim(claims, 1)).containsExactly(1);
        assertThat(POSTGRES.database().text("select count(*) from quorate.set_aside"))
                .isEqualTo("0");
        assertThat(claims.count()).isZero();
    }

    @Test
    void a_completion_for_which_the_database_fails_waits_alone() {
        List<Claim> held = claims.take(m1, wants(6)).claimed();
        poison(held.get(2).brid(), "end");
        Turn turn = new Turn(
                UUID.randomUUID(),
                held.subList(0, 4).stream()
                        .map(claim -> new Completion(claim.attempt(), Results.SUCCESS))
                        .toList(),
                held.subList(4, 6).stream()
                        .map(claim -> new Turn.Release(claim.attempt(), "test"))
                        .toList(),
                List.of(new Wanted(builderid, 1, LowWaterMark.LOWEST)),
                1);

        Turn.Outcome outcome = claims.take(m1, turn);

        assertThat(outcome.completed())
                .containsExactlyInAnyOrder(
                        held.get(0).brid(), held.get(1).brid(), held.get(3).brid());
        assertThat(outcome.released())
                .containsExactlyInAnyOrder(held.get(4).brid(), held.get(5).brid());
        assertThat(outcome.claimed()).hasSize(1);
        assertThat(outcome.later()).containsExactly(held.get(2).brid());
        POSTGRES.database().execute("delete from poison");
        pass(11);
        Completion again = new Completion(held.get(2).attempt(), Results.SUCCESS);
        assertThat(claims.take(m1, new Turn(UUID.randomUUID(), List.of(again), List.of(), List.of(), 0))
                        .completed())
                .containsExactly(held.get(2).brid());
    }

    @Test
    void where_the_database_fails_for_all_no_buildrequest_is_blamed() {
        for (int brid = 1; brid <= 20; brid++) {
            poison(brid, "claim");
        }

        assertThatThrownBy(() -> claim(claims, 20))
                .isInstanceOf(StatementFailed.class)
                .hasMessageContaining("the site does not like it");

        assertThat(POSTGRES.database().text("select count(*) from quorate.set_aside"))
                .isEqualTo("0");
    }

    @Test
    void what_was_set_aside_and_is_complete_is_forgotten_by_the_housekeeper() {
        poison(1, "claim");
        claim(claims, 1);
        POSTGRES.database().text("select quorate_v1.cancel(1)");

        masters.tidy(m1, masters.lead(m1, 3), RETENTION);

        assertThat(POSTGRES.database().text("select count(*) from quorate.set_aside"))
                .isEqualTo("0");
    }

    /**
     * Another master claims a buildrequest, and somebody deletes Buildbot's row of that claim, between the snapshot of
     * a turn and its insert: the insert into Buildbot's table succeeds and the other one breaks the key.
     */
    @Test
    void a_claims_row_that_is_deleted_under_a_turn_costs_that_turn_nothing() throws SQLException {
        Authority m2 = masters.register("m2", UUID.randomUUID(), 2).authority();
        UUID attempt = UUID.randomUUID();
        POSTGRES.database().execute("""
                create function pause() returns trigger language plpgsql as $$
                begin
                  perform pg_advisory_xact_lock_shared(77);
                  return new;
                end $$;
                create trigger apause before insert on buildrequest_claims for each row execute function pause()
                """);
        CompletableFuture<List<Integer>> claimed;
        try (Connection race = POSTGRES.dataSource().getConnection();
                Statement statement = race.createStatement()) {
            statement.execute("select pg_advisory_lock(77)");
            claimed = CompletableFuture.supplyAsync(() -> claim(claims, 3));
            await().atMost(PATIENCE)
                    .until(() -> POSTGRES.database()
                            .text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
                            .equals("1"));
            statement.execute("""
                    insert into quorate.claim (brid, masterid, epoch, attempt) values (2, %1$d, %2$d, '%3$s');
                    insert into quorate.history (kind, brid, masterid, epoch, attempt, actor)
                    values ('claim', 2, %1$d, %2$d, '%3$s', 'test')
                    """.formatted(m2.masterid(), m2.epoch(), attempt));
        }

        assertThat(claimed.join()).containsExactly(1, 3, 4);

        assertThat(POSTGRES.database().text("select count(*) from quorate.set_aside"))
                .isEqualTo("0");
        masters.tidy(m1, masters.lead(m1, 3), RETENTION);
    }

    /** Time passes for the agent and for the database. */
    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
        POSTGRES.database()
                .execute("update quorate.set_aside set again_at = again_at - interval '" + seconds + " seconds'");
    }

    private List<Integer> claim(ClaimsApart of, int limit) {
        return of.take(m1, wants(limit)).claimed().stream().map(Claim::brid).toList();
    }

    private Turn wants(int limit) {
        List<Wanted> wanted = new ArrayList<>();
        for (String builder : List.of("linux", "mac")) {
            int id = (int) POSTGRES.database().number("select id from builders where name = '" + builder + "'");
            wanted.add(new Wanted(id, limit, LowWaterMark.LOWEST));
        }
        return new Turn(UUID.randomUUID(), List.of(), List.of(), wanted, limit);
    }
}
