package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.UnknownOutcome;
import org.quorate.scheduler.Schedulers.TickResult;
import org.quorate.scheduler.Tick;
import org.quorate.testing.FaultProxy;
import org.quorate.testing.PostgresFixture;

/** Commits whose answer never arrived, because the connection broke before or after the server had carried them out. */
class UnknownOutcomeTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private enum Cut {
        BEFORE,
        AFTER
    }

    private FaultProxy proxy;
    private PostgresDatabase database;
    private PostgresClaims claims;
    private Authority m1;
    private int builderid;

    @BeforeEach
    void open() {
        proxy = new FaultProxy(POSTGRES.url());
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        proxy.url(),
                        POSTGRES.user(),
                        POSTGRES.password(),
                        1,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60)),
                "test");
        claims = new PostgresClaims(database);
        m1 = new PostgresMasters(database).register("m1", UUID.randomUUID(), 1).authority();
        POSTGRES.database().execute("insert into builders (name, name_hash) values ('linux', 'x')");
        builderid = (int) POSTGRES.database().number("select id from builders");
        submit(6);
    }

    @AfterEach
    void close() {
        database.close();
        proxy.close();
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_turn_whose_answer_was_lost_is_carried_out_once(Cut cut) {
        List<Claim> held = claims.take(m1, wants(3)).claimed();
        Turn turn = new Turn(
                UUID.randomUUID(),
                List.of(completes(held.get(0))),
                List.of(new Turn.Release(held.get(1).attempt(), "test")),
                wanted(2),
                2);
        cut(cut);

        Turn.Outcome outcome = claims.take(m1, turn);

        assertThat(outcome.completed()).containsExactly(held.get(0).brid());
        assertThat(outcome.released()).containsExactly(held.get(1).brid());
        assertThat(outcome.claimed())
                .hasSize(2)
                .extracting(claim -> claim.attempt().token())
                .containsOnly(turn.token());
        assertThat(claims.held(m1))
                .extracting(Claim::brid)
                .containsExactlyInAnyOrderElementsOf(Stream.concat(Stream.of(held.get(2)), outcome.claimed().stream())
                        .map(Claim::brid)
                        .toList());
        assertThat(kinds("complete", held.get(0))).isOne();
        assertThat(kinds("release", held.get(1))).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void a_completion_that_was_accepted_earlier_does_not_decide_the_rest_of_its_turn(Cut cut) {
        List<Claim> held = claims.take(m1, wants(2)).claimed();
        claims.take(m1, new Turn(UUID.randomUUID(), List.of(completes(held.get(0))), List.of(), List.of(), 0));
        cut(cut);

        Turn.Outcome outcome = claims.take(
                m1,
                new Turn(
                        UUID.randomUUID(),
                        List.of(completes(held.get(0)), completes(held.get(1))),
                        List.of(),
                        List.of(),
                        0));

        assertThat(outcome.completed())
                .containsExactlyInAnyOrder(held.get(0).brid(), held.get(1).brid());
        assertThat(claims.held(m1)).isEmpty();
        assertThat(kinds("complete", held.get(0))).isOne();
        assertThat(kinds("complete", held.get(1))).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void a_release_that_happened_earlier_proves_nothing_about_the_rest_of_its_turn(Cut cut) {
        List<Claim> held = claims.take(m1, wants(2)).claimed();
        List<Turn.Release> releases = held.stream()
                .map(claim -> new Turn.Release(claim.attempt(), "test"))
                .toList();
        claims.take(m1, new Turn(UUID.randomUUID(), List.of(), releases.subList(0, 1), List.of(), 0));
        cut(cut);

        Turn.Outcome outcome = claims.take(m1, new Turn(UUID.randomUUID(), List.of(), releases, List.of(), 0));

        assertThat(outcome.released()).contains(held.get(1).brid());
        assertThat(claims.held(m1)).isEmpty();
        assertThat(kinds("release", held.get(1))).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void an_outcome_that_cannot_be_looked_up_stays_unknown_and_sending_the_turn_again_is_harmless(Cut cut) {
        Claim held = claims.take(m1, wants(1)).claimed().get(0);
        Turn turn = new Turn(UUID.randomUUID(), List.of(completes(held)), List.of(), List.of(), 0);
        cut(cut);
        proxy.refuse(true);

        assertThatThrownBy(() -> claims.take(m1, turn)).isInstanceOf(UnknownOutcome.class);
        proxy.refuse(false);

        assertThat(claims.take(m1, turn).completed()).containsExactly(held.brid());
        assertThat(kinds("complete", held)).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void a_tick_whose_answer_was_lost_is_committed_once_however_often_it_is_sent(Cut cut) {
        PostgresSchedulers schedulers = new PostgresSchedulers(database);
        schedulers.enlist(m1, List.of("nightly"));
        long term = schedulers.own(m1, "nightly", 1).orElseThrow().term();
        Tick tick = new Tick("nightly", term, "at 1", 1, List.of("linux"), 0, "test", "{}");
        cut(cut);

        assertThatThrownBy(() -> schedulers.tick(m1, tick)).isInstanceOf(UnknownOutcome.class);

        assertThat(schedulers.tick(m1, tick).state())
                .isEqualTo(cut == Cut.AFTER ? TickResult.State.ALREADY : TickResult.State.COMMITTED);
        assertThat(POSTGRES.database().number("select count(*) from quorate.tick"))
                .isOne();
    }

    private void cut(Cut cut) {
        if (cut == Cut.BEFORE) {
            proxy.cutBeforeNextCommit();
        } else {
            proxy.cutAfterNextCommit();
        }
    }

    private long kinds(String kind, Claim claim) {
        return POSTGRES.database()
                .number(String.format(
                        Locale.ROOT,
                        "select count(*) from quorate.history where kind = '%s' and brid = %d and attempt = '%s'",
                        kind,
                        claim.brid(),
                        claim.attempt().token()));
    }

    private void submit(int count) {
        POSTGRES.database().text("select quorate_v1.submit('linux', count => " + count + ")");
    }

    private Turn wants(int slots) {
        return new Turn(UUID.randomUUID(), List.of(), List.of(), wanted(slots), slots);
    }

    private List<Wanted> wanted(int slots) {
        return List.of(new Wanted(builderid, slots, LowWaterMark.LOWEST));
    }

    private static Completion completes(Claim claim) {
        return new Completion(claim.attempt(), Results.SUCCESS);
    }
}
