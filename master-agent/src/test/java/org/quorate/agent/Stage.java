package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.claim.Claim;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.Failovers;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresMasters;
import org.quorate.postgres.PostgresSchedulers;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.ZooKeeperFixture;

/**
 * The setting of a test: real stores, a victim that is a puppet, an heir that is this process, and six buildrequests,
 * of which the victim holds two.
 */
abstract class Stage {
    static final Duration PATIENCE = Duration.ofMinutes(5);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    static ZooKeeperFixture zooKeeper;

    final String cluster = zooKeeper.cluster();
    PostgresMasters masters;
    PostgresClaims claims;
    PostgresSchedulers schedulers;
    Authority victim;
    Authority heir;
    int builderid;
    List<Claim> held;

    /** The class path and the database URL of the puppets. */
    String classPath = System.getProperty("java.class.path");

    String url;

    private final List<PuppetProcess> puppets = new ArrayList<>();
    private PostgresDatabase database;

    @BeforeAll
    static void startZooKeeper() {
        zooKeeper = ZooKeeperFixture.start();
    }

    @AfterAll
    static void stopZooKeeper() {
        zooKeeper.close();
    }

    @BeforeEach
    void setTheStage() {
        url = POSTGRES.url();
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        POSTGRES.url(),
                        POSTGRES.user(),
                        POSTGRES.password(),
                        3,
                        Duration.ofSeconds(100),
                        Duration.ofSeconds(110)),
                "test");
        masters = new PostgresMasters(database);
        claims = new PostgresClaims(database);
        schedulers = new PostgresSchedulers(database);
        heir = masters.register("heir", UUID.randomUUID(), 1).authority();
        victim = masters.register("victim", UUID.randomUUID(), 1).authority();
        builderid = masters.offerBuilders(victim, List.of("linux")).get("linux");
        for (Authority each : List.of(heir, victim)) {
            schedulers.enlist(each, List.of("nightly"));
        }
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux', count => 6)");
        held = claim(victim, 2);
    }

    @AfterEach
    void close() {
        puppets.forEach(PuppetProcess::close);
        database.close();
    }

    PuppetProcess puppet(String name, Authority authority, Failpoint at, String action) {
        return puppet(name, authority, at.word() + ":" + action);
    }

    /** Starts a puppet with this name and authority; {@code failpoints} has the form of the property. */
    PuppetProcess puppet(String name, Authority authority, String failpoints) {
        PuppetProcess puppet = new PuppetProcess(
                classPath,
                failpoints,
                List.of(url, POSTGRES.user(), POSTGRES.password(), name, zooKeeper.connectString(), cluster));
        puppets.add(puppet);
        assertThat(puppet.ask("as " + authority.masterid() + " " + authority.epoch() + " " + authority.incarnation()))
                .isEmpty();
        return puppet;
    }

    /** Starts a victim that pauses at the failpoint until {@code go}. */
    PuppetProcess pausingVictim(Failpoint at) {
        return puppet("victim", victim, at, "pause(1h)@1");
    }

    PuppetProcess dyingVictim(Failpoint at) {
        return puppet("victim", victim, at, "kill");
    }

    List<Claim> claim(Authority authority, int slots) {
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

    Failovers.FailOver failOver() {
        return masters.failOver(heir, masters.lead(heir, 2), victim.masterid(), victim.epoch(), 10, "a test");
    }

    /** Sends a statement on another thread, and returns when it waits for a lock that somebody else holds. */
    <T> CompletableFuture<T> waiting(Supplier<T> question) {
        CompletableFuture<T> answer = CompletableFuture.supplyAsync(question);
        await().atMost(PATIENCE).until(() -> {
            assertThat(answer).as("it waited for no lock").isNotDone();
            return isSomebodyWaiting();
        });
        return answer;
    }

    static boolean isSomebodyWaiting() {
        return POSTGRES.database()
                .text("select exists (select 1 from pg_stat_activity where application_name = 'test'"
                        + " and datname = current_database() and wait_event_type = 'Lock')")
                .equals("t");
    }

    /** Waits until the server has noticed that the puppet is gone, and has rolled back. */
    void awaitNoSessionOf(String master) {
        await().atMost(PATIENCE)
                .until(() -> POSTGRES.database()
                        .text("select count(*) from pg_stat_activity where datname = current_database()"
                                + " and application_name = '" + PostgresMasters.applicationName(master) + "'")
                        .equals("0"));
    }

    static long count(String kind) {
        return POSTGRES.database().number("select count(*) from quorate.history where kind = '" + kind + "'");
    }

    static String stateOf(String master) {
        return POSTGRES.database()
                .text("select state || ' ' || epoch from quorate.master where name = '" + master + "'");
    }
}
