package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.TemplateEngine;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Failovers;
import org.quorate.sql.Statements;
import org.quorate.testing.PostgresFixture;

/**
 * The fence of a claim, a completion and a tick against the end of an epoch that comes between the check and the write.
 * The real statement makes that end wait, each mutant of it lets a stale write through, and this test detects the
 * difference (I2, I3, I7).
 */
class FenceMutantTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String FENCE = Statements.named("masters/fence");
    private static final UUID ATTEMPT = new UUID(4, 2);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private PostgresDatabase database;
    private PostgresMasters masters;
    private Authority leader;
    private long leaderEpoch;
    private Authority victim;
    private int builderid;
    private int held;
    private long term;

    @BeforeEach
    void register_a_leader_and_a_victim_that_holds_owns_and_could_claim() {
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
        leader = masters.register("leader", UUID.randomUUID(), 1).authority();
        leaderEpoch = masters.lead(leader, 2);
        victim = masters.register("victim", UUID.randomUUID(), 3).authority();
        builderid = masters.offerBuilders(victim, List.of("linux")).get("linux");
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux', count => 4)");
        held = new PostgresClaims(database)
                .take(
                        victim,
                        new Turn(
                                ATTEMPT,
                                List.of(),
                                List.of(),
                                List.of(new Wanted(builderid, 1, LowWaterMark.LOWEST)),
                                1))
                .claimed()
                .get(0)
                .brid();
        PostgresSchedulers schedulers = new PostgresSchedulers(database);
        schedulers.enlist(victim, List.of("nightly"));
        term = schedulers.own(victim, "nightly", 1).orElseThrow().term();
    }

    @AfterEach
    void close() {
        database.close();
    }

    /** The transactions that end an epoch. */
    private enum End {
        /** Its claims and terms are released in the same commit. */
        FAIL_OVER {
            @Override
            void of(FenceMutantTest test) {
                assertThat(test.failOver()).isEqualTo(Failovers.FailOver.Result.RELEASED);
            }
        },
        /**
         * Its claims and terms remain until the kill time is over: only the fence rejects what is written under them.
         */
        FENCE {
            @Override
            void of(FenceMutantTest test) {
                try (Connection session = POSTGRES.dataSource().getConnection()) {
                    session.setClientInfo("ApplicationName", PostgresMasters.applicationName("victim"));
                    assertThat(test.failOver()).isEqualTo(Failovers.FailOver.Result.FENCED);
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            }
        },
        NEW_REGISTRATION {
            @Override
            void of(FenceMutantTest test) {
                test.masters.register("victim", UUID.randomUUID(), 10);
            }
        };

        abstract void of(FenceMutantTest test);
    }

    private Failovers.FailOver.Result failOver() {
        return masters.failOver(leader, leaderEpoch, victim.masterid(), victim.epoch(), 10, "a test")
                .result();
    }

    /** A write under the fence, and the kind of its line in the history. */
    private enum Write {
        CLAIM {
            @Override
            void by(FenceMutantTest test, Transaction transaction) {
                test.claim(transaction);
            }
        },
        COMPLETE {
            @Override
            void by(FenceMutantTest test, Transaction transaction) {
                test.complete(transaction);
            }
        },
        TICK {
            @Override
            void by(FenceMutantTest test, Transaction transaction) {
                test.tick(transaction);
            }
        };

        abstract void by(FenceMutantTest test, Transaction transaction);
    }

    private enum Mutant {
        WITHOUT_LOCK(withLock("")),
        EXISTS("select 1 where exists (" + withLock("") + ")"),
        KEY_SHARE(withLock("for key share"));

        private final String fence;

        Mutant(String fence) {
            this.fence = fence;
        }

        private static String withLock(String lock) {
            return FENCE.replaceAll("(?m)^\\s*for share\\s*$", lock);
        }
    }

    static Stream<Arguments> everyWriteAndEnd() {
        return Arrays.stream(Write.values())
                .flatMap(write -> Arrays.stream(End.values()).map(end -> Arguments.of(write, end)));
    }

    @ParameterizedTest
    @MethodSource("everyWriteAndEnd")
    void an_epoch_ends_only_after_the_write_that_holds_the_fence(Write write, End end) {
        assertThat(staleWrites(FENCE, write, end)).isZero();
        assertThat(count("kind = '" + write.name().toLowerCase(Locale.ROOT) + "' and masterid = " + victim.masterid()))
                .as("it was committed")
                .isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            value = End.class,
            names = {"FAIL_OVER", "NEW_REGISTRATION"})
    void the_end_of_an_epoch_releases_claims_that_were_committed_just_before_it(End end) {
        staleWrites(FENCE, Write.CLAIM, end);

        assertThat(count("kind = 'release'")).isEqualTo(4);
    }

    /**
     * A failover that releases at once leaves no claim and no term under which a completion or a tick could be written.
     */
    @ParameterizedTest
    @CsvSource({
        "WITHOUT_LOCK,CLAIM,FAIL_OVER",
        "WITHOUT_LOCK,CLAIM,FENCE",
        "WITHOUT_LOCK,CLAIM,NEW_REGISTRATION",
        "WITHOUT_LOCK,COMPLETE,FENCE",
        "WITHOUT_LOCK,TICK,FENCE",
        "EXISTS,CLAIM,FAIL_OVER",
        "EXISTS,CLAIM,FENCE",
        "EXISTS,CLAIM,NEW_REGISTRATION",
        "EXISTS,COMPLETE,FENCE",
        "EXISTS,TICK,FENCE",
        "KEY_SHARE,CLAIM,NEW_REGISTRATION"
    })
    void a_mutant_of_the_fence_lets_a_stale_write_through(Mutant mutant, Write write, End end) {
        assertThat(mutant.fence).isNotEqualTo(FENCE);

        assertThat(staleWrites(mutant.fence, write, end)).isPositive();
    }

    /** Returns how many writes of an epoch succeeded that ended between the fence and the write. */
    private long staleWrites(String fence, Write write, End end) {
        CompletableFuture<Void> ending;
        try (Handle handle = jdbi().open()) {
            handle.begin();
            assertThat(isCurrent(handle, fence)).isTrue();
            ending = CompletableFuture.runAsync(() -> end.of(this));
            await().atMost(PATIENCE).until(() -> ending.isDone() || isSomebodyWaiting());
            write.by(this, new Transaction(handle));
            handle.commit();
        }
        ending.join();
        return count("kind = '" + write.name().toLowerCase(Locale.ROOT) + "' and epoch = " + victim.epoch()
                + " and masterid = " + victim.masterid() + " and seq > (select max(e.seq) from quorate.history e"
                + " where e.masterid = " + victim.masterid() + " and e.kind in ('fence', 'register'))");
    }

    private static long count(String condition) {
        return POSTGRES.database().number("select count(*) from quorate.history where " + condition);
    }

    private boolean isCurrent(Handle handle, String fence) {
        return !handle.createQuery(fence)
                .bind("masterid", victim.masterid())
                .bind("epoch", victim.epoch())
                .bind("incarnation", victim.incarnation())
                .mapToMap()
                .list()
                .isEmpty();
    }

    private void claim(Transaction transaction) {
        assertThat(transaction
                        .statement("claims/take", victim)
                        .bindArray("builderids", Integer.class, List.of(builderid))
                        .bindArray("slots", Integer.class, List.of(3))
                        .bindArray("negated_priorities", Integer.class, List.of(Integer.MIN_VALUE))
                        .bindArray("submitted_ats", Integer.class, List.of(Integer.MIN_VALUE))
                        .bindArray("floor_brids", Integer.class, List.of(Integer.MIN_VALUE))
                        .bindArray("passed_over", Integer.class, List.of())
                        .bind("limit", 3)
                        .bind("attempt", UUID.randomUUID())
                        .bind("actor", "master:victim")
                        .mapToMap()
                        .list())
                .hasSize(3);
    }

    private void complete(Transaction transaction) {
        assertThat(transaction
                        .statement("claims/complete", victim)
                        .bindArray("brids", Integer.class, List.of(held))
                        .bindArray("attempts", UUID.class, List.of(ATTEMPT))
                        .bindArray("results", Integer.class, List.of(0))
                        .bind("actor", "master:victim")
                        .mapToMap()
                        .list())
                .hasSize(1);
    }

    private void tick(Transaction transaction) {
        int schedulerid = transaction
                .statement("schedulers/term", victim)
                .bind("hash", Names.hash("nightly"))
                .bind("term", term)
                .bind("at", 1L)
                .map((row, context) -> row.getInt("schedulerid"))
                .one();
        assertThat(transaction
                        .statement("schedulers/tick", victim)
                        .bind("schedulerid", schedulerid)
                        .bind("occasion", "at 1")
                        .bind("at", 1L)
                        .bind("term", term)
                        .mapToMap()
                        .list())
                .hasSize(1);
        transaction.update(
                "schedulers/note_tick",
                u -> u.bind("schedulerid", schedulerid)
                        .bind("masterid", victim.masterid())
                        .bind("epoch", victim.epoch())
                        .bind("term", term)
                        .bind("occasion", "at 1")
                        .bind("actor", "master:victim"));
    }

    private static boolean isSomebodyWaiting() {
        return POSTGRES.database()
                .text("select exists (select 1 from pg_stat_activity where application_name = 'test'"
                        + " and datname = current_database() and wait_event_type = 'Lock')")
                .equals("t");
    }

    private static Jdbi jdbi() {
        Jdbi jdbi = Jdbi.create(POSTGRES.dataSource()).installPlugin(new PostgresPlugin());
        jdbi.getConfig(SqlStatements.class).setTemplateEngine(TemplateEngine.NOP);
        return jdbi;
    }
}
