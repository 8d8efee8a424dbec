package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
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
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Failovers;
import org.quorate.testing.PostgresFixture;

/**
 * An operator by hand, or a stock master that cleans up, deletes Buildbot's row of a claim while its build runs. The
 * claim itself remains, so that no other master builds the buildrequest and no turn fails.
 */
class ForeignHandTest {
    private static final Duration RETENTION = Duration.ofDays(30);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private PostgresDatabase database;
    private PostgresMasters masters;
    private PostgresClaims claims;
    private Authority holder;
    private Authority other;
    private int builderid;
    private Claim held;

    @BeforeEach
    void a_master_builds_the_first_of_two_and_its_row_is_deleted() {
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        POSTGRES.url(),
                        POSTGRES.user(),
                        POSTGRES.password(),
                        2,
                        Duration.ofSeconds(50),
                        Duration.ofSeconds(55)),
                "test");
        masters = new PostgresMasters(database);
        claims = new PostgresClaims(database);
        holder = masters.register("holder", UUID.randomUUID(), 1).authority();
        other = masters.register("other", UUID.randomUUID(), 2).authority();
        builderid = masters.offerBuilders(holder, List.of("linux")).get("linux");
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux', count => 2)");
        held = claim(holder, 1).get(0);
        // without triggers, which a superuser can do: the guard refuses it from others
        POSTGRES.database()
                .execute("begin; set local session_replication_role = replica;"
                        + " delete from buildrequest_claims where brid = " + held.brid() + "; commit");
    }

    @AfterEach
    void nothing_is_lost_or_doubled() {
        assertThat(POSTGRES.database().violations()).isEmpty();
        database.close();
    }

    @Test
    void a_turn_that_meets_the_claim_takes_what_comes_behind_it() {
        assertThat(claim(other, 1)).extracting(Claim::brid).containsExactly(held.brid() + 1);
        assertThat(claim(other, 9)).isEmpty();

        complete();
    }

    @Test
    void a_claim_without_its_row_is_shown_as_claimed() {
        assertThat(POSTGRES.database()
                        .text("select state || ' by ' || owner from quorate_v1.requests where id = " + held.brid()))
                .isEqualTo("claimed by holder");
        assertThat(POSTGRES.database()
                        .text("select passes from quorate_v1.explain(" + held.brid()
                                + ") where check_name = 'unclaimed'"))
                .isEqualTo("f");

        complete();
    }

    @Test
    void the_holder_of_a_claim_without_its_row_completes_it() {
        assertThat(complete()).containsExactly(held.brid());

        assertThat(claim(other, 9)).extracting(Claim::brid).containsExactly(held.brid() + 1);
    }

    @Test
    void a_claim_without_its_row_that_is_released_is_claimed_by_another_master() {
        Turn.Release release = new Turn.Release(held.attempt(), "no worker");
        assertThat(claims.take(holder, new Turn(UUID.randomUUID(), List.of(), List.of(release), List.of(), 0))
                        .released())
                .containsExactly(held.brid());

        assertThat(claim(other, 9)).extracting(Claim::brid).containsExactly(held.brid(), held.brid() + 1);
    }

    @Test
    void a_failover_releases_a_claim_without_its_row() {
        Failovers.FailOver outcome =
                masters.failOver(other, masters.lead(other, 3), holder.masterid(), holder.epoch(), 4, "a test");

        assertThat(outcome.released()).isEqualTo(1);
        assertThat(claim(other, 9)).extracting(Claim::brid).containsExactly(held.brid(), held.brid() + 1);
    }

    @Test
    void a_new_registration_of_the_holder_releases_a_claim_without_its_row() {
        assertThat(masters.register("holder", UUID.randomUUID(), 9).released()).isEqualTo(1);

        assertThat(claim(other, 9)).extracting(Claim::brid).containsExactly(held.brid(), held.brid() + 1);
    }

    @Test
    void a_buildrequest_that_an_operator_wants_to_cancel_is_not_built_again_after_a_failover() {
        POSTGRES.database()
                .execute(
                        "insert into quorate.cancellation (brid, actor, why) values (" + held.brid() + ", 'test', '')");

        masters.failOver(other, masters.lead(other, 3), holder.masterid(), holder.epoch(), 4, "a test");

        assertThat(POSTGRES.database()
                        .text("select complete || ' ' || results from buildrequests where id = " + held.brid()))
                .isEqualTo("1 " + Results.CANCELLED);
    }

    @Test
    void the_housekeeper_restores_the_deleted_row_of_a_claim() {
        masters.tidy(other, masters.lead(other, 3), RETENTION);

        assertThat(owner()).isEqualTo(Integer.toString(holder.masterid()));
        complete();
    }

    /** A release that waited for the row would not see it, and would leave it as a claim of nobody. */
    @Test
    void the_deleted_row_is_restored_only_between_the_writes_of_its_holder() throws SQLException {
        long leaderEpoch = masters.lead(other, 3);
        try (Connection writing = POSTGRES.dataSource().getConnection();
                Statement statement = writing.createStatement()) {
            writing.setAutoCommit(false);
            statement.execute("select 1 from quorate.master where masterid = " + holder.masterid() + " for share");

            masters.tidy(other, leaderEpoch, RETENTION);

            assertThat(owner()).isEqualTo("nobody");
        }
        masters.tidy(other, leaderEpoch, RETENTION);
        assertThat(owner()).isEqualTo(Integer.toString(holder.masterid()));
    }

    @Test
    void no_row_is_restored_for_a_claim_that_has_ended() {
        complete();

        masters.tidy(other, masters.lead(other, 3), RETENTION);

        assertThat(owner()).isEqualTo("nobody");
    }

    private String owner() {
        return POSTGRES.database()
                .text("select coalesce((select masterid::text from buildrequest_claims where brid = " + held.brid()
                        + "), 'nobody')");
    }

    private List<Integer> complete() {
        Completion completion = new Completion(held.attempt(), Results.SUCCESS);
        return claims.take(holder, new Turn(UUID.randomUUID(), List.of(completion), List.of(), List.of(), 0))
                .completed();
    }

    private List<Claim> claim(Authority authority, int slots) {
        return claims.take(
                        authority,
                        new Turn(
                                UUID.randomUUID(),
                                List.of(),
                                List.of(),
                                List.of(new Wanted(builderid, slots, LowWaterMark.LOWEST)),
                                slots))
                .claimed();
    }
}
