package org.quorate.agent.stock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.loop.Step;
import org.quorate.agent.supervision.BuildmasterProcess;
import org.quorate.agent.supervision.Supervisor;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.StockActivity;
import org.quorate.master.Trust;

/** The step over tables and a process that the test controls, and a clock that only the test advances. */
class StockStepTest {
    private static final String MASTER = "build7:/srv/bb";
    private static final Duration POLL = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final AtomicLong nanos = new AtomicLong(1);
    private final MasterStateHolder masterState = new MasterStateHolder(nanos::get);
    private final World world = new World();
    private StockStep step = step(Duration.ofSeconds(10));

    /** The tables and the process. */
    private static final class World implements StockActivity, BuildmasterProcess {
        final List<Supervisor.Signal> signals = new ArrayList<>();
        boolean running = true;
        boolean handlesSignals = true;
        boolean databaseAway;
        boolean registered = true;
        Optional<String> stranger = Optional.empty();
        int held;
        Optional<Heartbeat> heartbeat = Optional.of(new Heartbeat(0, "a server"));
        List<Integer> waiting = List.of();
        String askedHost = "";

        @Override
        public Presence presence(Authority authority, String host) {
            if (databaseAway) {
                throw new DatabaseUnreachable("the test stopped it", new IOException("test"));
            }
            askedHost = host;
            return new Presence(registered, stranger, held, heartbeat);
        }

        @Override
        public List<Integer> waiting(Authority authority) {
            return waiting;
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public boolean signal(Supervisor.Signal signal) {
            return handlesSignals && signals.add(signal);
        }
    }

    private StockStep step(Duration wakeInterval) {
        register(7);
        return new StockStep(
                MASTER, world, world, masterState, new StockStep.Spans(wakeInterval, LIMIT, POLL), nanos::get);
    }

    private void register(long epoch) {
        Trust trust = Trust.none().acknowledged(nanos.get(), Duration.ofHours(10));
        masterState.change(state -> state.active(new Authority(1, epoch, new UUID(0, 1)), state.draining(), trust));
    }

    private Step.Taken after(Duration span) {
        nanos.addAndGet(span.toNanos());
        return step.take();
    }

    private int wakeUps() {
        return (int) world.signals.stream()
                .filter(Supervisor.Signal.RECONFIGURE::equals)
                .count();
    }

    @Test
    void a_buildrequest_that_waits_beside_an_idle_worker_at_two_looks_wakes_the_buildmaster() {
        world.waiting = List.of(17);

        assertThat(step.take()).as("the buildmaster may claim it by itself").isEqualTo(new Step.Taken("", SECOND));
        assertThat(wakeUps()).isZero();
        assertThat(after(SECOND).sentence())
                .isEqualTo("woke the buildmaster: workers are idle while these buildrequests wait: [17]");
        assertThat(wakeUps()).isEqualTo(1);
    }

    @Test
    void a_queue_that_moves_wakes_nobody() {
        for (int brid = 1; brid < 50; brid++) {
            world.waiting = List.of(brid);
            after(SECOND);
        }

        assertThat(wakeUps()).isZero();
    }

    @Test
    void notifications_in_a_row_do_not_make_it_look_more_often() {
        step.take();
        world.waiting = List.of(17);

        assertThat(after(Duration.ofMillis(400)).next()).isEqualTo(Duration.ofMillis(600));
        after(Duration.ofMillis(400));
        after(Duration.ofMillis(200));

        assertThat(wakeUps()).as("seen once so far").isZero();
    }

    @Test
    void a_buildmaster_is_woken_at_most_once_in_the_interval() {
        for (int brid = 1; brid <= 30; brid++) {
            world.waiting = List.of(brid, brid + 1);
            after(SECOND);
        }

        assertThat(wakeUps()).isEqualTo(3);
    }

    @Test
    void for_the_same_buildrequest_nobody_is_woken_again_before_five_minutes() {
        world.waiting = List.of(17);
        step.take();
        for (int look = 0; look < 29; look++) {
            after(POLL);
        }
        assertThat(wakeUps()).isEqualTo(1);

        after(POLL);
        after(POLL);

        assertThat(wakeUps()).isEqualTo(2);
    }

    @Test
    void with_an_interval_of_zero_nobody_is_woken() {
        step = step(Duration.ZERO);
        world.waiting = List.of(17);

        for (int look = 0; look < 100; look++) {
            after(POLL);
        }

        assertThat(wakeUps()).isZero();
    }

    @Test
    void a_process_that_would_die_of_the_signal_gets_it_later() {
        world.waiting = List.of(17);
        world.handlesSignals = false;
        step.take();
        assertThat(after(SECOND).sentence()).isEqualTo("the buildmaster cannot be woken yet");

        world.handlesSignals = true;
        after(SECOND);

        assertThat(wakeUps()).isEqualTo(1);
    }

    @Test
    void a_buildmaster_is_there_when_it_has_registered_its_builders_under_the_masters_name() {
        world.registered = false;
        step.take();
        assertThat(step.objection()).contains("no buildmaster has registered its builders as build7:/srv/bb yet");
        assertThat(world.askedHost).isEqualTo("build7");

        world.registered = true;
        world.stranger = Optional.of("build7:/srv/other");
        after(SECOND);
        assertThat(step.objection()).isEmpty();

        world.running = false;
        after(SECOND);
        assertThat(step.objection()).contains("the buildmaster does not run");
    }

    @Test
    void the_sentence_names_a_buildmaster_that_registered_under_another_name() {
        world.registered = false;
        world.stranger = Optional.of("build7:/srv/other");

        assertThat(step.take().sentence())
                .isEqualTo("no buildmaster has registered its builders as build7:/srv/bb yet; one on this machine has"
                        + " registered as build7:/srv/other: if it is this one, write that name as `master`");
    }

    @Test
    void a_drained_buildmaster_is_signalled_once_in_each_epoch_to_shut_down_cleanly() {
        masterState.change(state -> state.draining(true));
        world.handlesSignals = false;
        assertThat(step.take().sentence()).isEqualTo("the buildmaster cannot be signalled to shut down yet");
        world.handlesSignals = true;

        after(SECOND);
        after(POLL);

        assertThat(world.signals).containsExactly(Supervisor.Signal.CLEAN_SHUTDOWN);
        register(8);
        after(POLL);
        assertThat(world.signals).containsExactly(Supervisor.Signal.CLEAN_SHUTDOWN, Supervisor.Signal.CLEAN_SHUTDOWN);
    }

    @Test
    void an_agent_that_stops_shuts_its_stock_buildmaster_down_cleanly() {
        masterState.change(MasterState::stoppingNow);

        step.take();

        assertThat(world.signals).containsExactly(Supervisor.Signal.CLEAN_SHUTDOWN);
    }

    /** Looks for this long, with a heartbeat every minute or with none. */
    private void live(Duration span, boolean beats) {
        for (long second = 10; second <= span.toSeconds(); second += 10) {
            if (beats && second % 60 == 0) {
                beat();
            }
            after(POLL);
        }
    }

    private void beat() {
        world.heartbeat = Optional.of(new StockActivity.Heartbeat(
                world.heartbeat.map(StockActivity.Heartbeat::lastActive).orElse(0) + 60, "a server"));
    }

    private void comeUp() {
        world.running = false;
        step.take();
        world.running = true;
        step.take();
    }

    private boolean doubts() {
        return masterState.current().phase() == MasterState.Phase.FENCED;
    }

    @Test
    void a_buildmaster_whose_heartbeat_stands_still_is_fenced() {
        comeUp();
        live(Duration.ofHours(1), true);
        live(LIMIT, false);
        assertThat(doubts()).isFalse();

        assertThat(after(POLL).sentence()).isEqualTo("the buildmaster hangs");

        assertThat(masterState.current().reason())
                .isEqualTo("the buildmaster's heartbeat in the database has stood still for 310 s");
        assertThat(doubts()).isTrue();
        live(Duration.ofHours(1), false);
        register(8);
        live(Duration.ofHours(1), false);
        assertThat(doubts()).as("in the next epoch no heartbeat was seen yet").isFalse();
    }

    @Test
    void a_long_wait_for_the_next_wake_up_does_not_keep_it_from_looking() {
        step = step(Duration.ofHours(1));
        world.waiting = List.of(17);
        after(SECOND);
        after(SECOND);
        assertThat(wakeUps()).isEqualTo(1);
        world.waiting = List.of(18);
        after(SECOND);

        assertThat(after(SECOND).next()).isEqualTo(POLL);
    }

    @Test
    void a_buildmaster_that_hangs_while_it_is_drained_is_fenced_too() {
        comeUp();
        masterState.change(state -> state.draining(true));

        live(LIMIT.plus(POLL), false);

        assertThat(doubts()).isTrue();
    }

    @Test
    void a_buildmaster_that_is_still_starting_is_not_taken_for_hung() {
        world.registered = false;
        comeUp();
        live(Duration.ofHours(1), false);
        world.registered = true;
        world.heartbeat = Optional.empty();
        live(Duration.ofHours(1), false);
        assertThat(doubts()).isFalse();

        beat();
        live(LIMIT.plus(POLL).plus(POLL), false);

        assertThat(doubts()).as("it hung after its first heartbeat").isTrue();
    }

    @Test
    void an_agent_that_slept_does_not_blame_the_buildmaster() {
        comeUp();
        for (int nap = 0; nap < 25; nap++) {
            after(Duration.ofHours(1));
        }

        assertThat(doubts()).isFalse();
    }

    @Test
    void after_an_outage_of_the_database_a_heartbeat_must_be_seen_before_one_is_missed() {
        comeUp();
        live(LIMIT, true);
        world.databaseAway = true;
        live(Duration.ofHours(1), false);
        world.databaseAway = false;
        live(Duration.ofHours(1), false);
        assertThat(doubts()).as("the outage may have ended Buildbot's timer").isFalse();

        live(LIMIT, true);
        live(LIMIT.plus(POLL), false);

        assertThat(doubts()).isTrue();
    }

    @Test
    void claims_are_counted_during_a_drain_too_and_are_none_after_the_end() {
        world.held = 3;
        step.take();
        assertThat(step.held()).isEqualTo(3);
        masterState.change(state -> state.draining(true));
        world.held = 1;
        after(SECOND);
        assertThat(step.held()).isEqualTo(1);

        world.running = false;
        after(SECOND);

        assertThat(step.held()).isZero();
    }

    @Test
    void a_drained_buildmaster_is_shut_down_even_while_the_database_is_away() {
        world.databaseAway = true;
        masterState.change(state -> state.draining(true));

        step.take();

        assertThat(world.signals).containsExactly(Supervisor.Signal.CLEAN_SHUTDOWN);
    }

    @Test
    void while_the_database_is_away_nothing_is_known_and_nothing_done() {
        world.waiting = List.of(17);
        step.take();
        world.databaseAway = true;

        assertThat(after(SECOND).sentence()).isEqualTo("cannot see the buildmaster: the test stopped it");
        assertThat(step.objection()).isEmpty();
        assertThat(wakeUps()).isZero();
    }
}
