package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quorate.claim.Claim;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.testing.TestDatabase;

/** A drained master, or any during a hold, claims what its own builds wait for, if nobody else can build it. */
class ChildrenOfDrainedTest {
    private static TestDatabase tables;
    private static PostgresDatabase database;

    private PostgresMasters masters;
    private PostgresClaims claims;
    private Authority drained;
    private Authority other;
    private int builderid;

    @BeforeAll
    static void open() {
        tables = TestDatabase.adopted();
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        tables.url(),
                        tables.user(),
                        tables.password(),
                        2,
                        Duration.ofSeconds(50),
                        Duration.ofSeconds(55)),
                "test");
    }

    @AfterAll
    static void close() {
        database.close();
        tables.close();
    }

    @BeforeEach
    void drain() {
        masters = new PostgresMasters(database);
        claims = new PostgresClaims(database);
        tables.execute("delete from builds; delete from buildsets;"
                + " delete from quorate.claim; delete from quorate.hold; update quorate.master set draining = false");
        drained = masters.register("m1", UUID.randomUUID(), 1).authority();
        other = masters.register("m2", UUID.randomUUID(), 2).authority();
        builderid = masters.offerBuilders(drained, List.of("child")).get("child");
        masters.offerBuilders(other, List.of());
        tables.execute("update quorate.master set draining = true where masterid = " + drained.masterid());
        request(1, "null", 0);
        build(100, 1, drained, "null");
    }

    @Test
    void a_drained_master_takes_what_its_own_running_builds_wait_for_if_no_open_master_offers_the_builder() {
        request(2, "100", 1);

        assertThat(take(drained)).extracting(Claim::brid).containsExactly(2);
        assertThat(take(drained)).isEmpty();
        assertThat(claims.held(drained)).extracting(Claim::brid).containsExactly(2);
    }

    @Test
    void a_child_is_left_to_an_open_master_that_offers_its_builder() {
        masters.offerBuilders(other, List.of("child"));
        request(2, "100", 1);

        assertThat(take(drained)).isEmpty();
        assertThat(take(other)).extracting(Claim::brid).contains(2);
    }

    @Test
    void a_drained_master_takes_nothing_for_which_none_of_its_running_builds_waits() {
        request(2, "100", 0);
        build(101, 1, other, "null");
        request(3, "101", 1);
        build(102, 1, drained, "7");
        request(4, "102", 1);

        assertThat(take(drained)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {"'builder','child'", "'everything',null"})
    void of_what_is_held_a_master_takes_only_what_its_own_running_builds_wait_for(String kind, String name) {
        tables.execute("update quorate.master set draining = false");
        masters.offerBuilders(other, List.of("child"));
        tables.text("select quorate_v1.hold(%s, %s, 'new board')".formatted(kind, name));
        request(2, "100", 1);
        request(3, "null", 0);

        assertThat(take(other)).isEmpty();
        assertThat(take(drained)).extracting(Claim::brid).containsExactly(2);
        tables.text("select quorate_v1.lift(%s, %s)".formatted(kind, name));
        assertThat(take(other)).extracting(Claim::brid).contains(3);
    }

    private List<Claim> take(Authority master) {
        Wanted wanted = new Wanted(builderid, 5, LowWaterMark.LOWEST);
        return claims.take(master, new Turn(UUID.randomUUID(), List.of(), List.of(), List.of(wanted), 5))
                .claimed();
    }

    private void request(int brid, String parent, int waitedFor) {
        tables.execute("insert into buildsets (id, submitted_at, parent_buildid)"
                + " values (" + brid + ", 0, " + parent + ");"
                + " insert into buildrequests (id, buildsetid, builderid, submitted_at, waited_for) values (" + brid
                + ", " + brid + ", " + builderid + ", 0, " + waitedFor + ")");
    }

    private void build(int id, int brid, Authority master, String completeAt) {
        tables.execute("insert into builds (id, number, builderid,"
                + " buildrequestid, masterid, started_at, complete_at, state_string) values (" + id + ", " + id + ", "
                + builderid + ", " + brid + ", " + master.masterid() + ", 0, " + completeAt + ", '')");
    }
}
