package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.quorate.agent.buildmaster.Supervisor;
import org.quorate.master.Authority;
import org.quorate.master.Traces;
import org.quorate.master.Trust;
import org.quorate.postgres.DatabaseUnreachable;

/** Over traces and a process of the test's own, and a clock that stands still until it is told. */
class UnpluggedStepTest {
    private static final String MASTER = "build7:/srv/bb";
    private static final Duration POLL = Duration.ofSeconds(10);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final AtomicLong nanos = new AtomicLong(1);
    private final Tenure tenure = new Tenure(nanos::get);
    private final World world = new World();
    private UnpluggedStep step = step(Duration.ofSeconds(10));

    /** The tables and the process. */
    private static final class World implements Traces, UnpluggedStep.Hand {
        final List<Supervisor.Signal> signals = new ArrayList<>();
        boolean running = true;
        boolean handlesSignals = true;
        boolean databaseAway;
        Presence presence = new Presence(true, Optional.empty());
        List<Integer> waiting = List.of();
        String askedHost = "";

        @Override
        public Presence presence(Authority authority, String host) {
            if (databaseAway) {
                throw new DatabaseUnreachable("the test stopped it", new IOException("test"));
            }
            askedHost = host;
            return presence;
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

    private UnpluggedStep step(Duration wakeInterval) {
        register(7);
        return new UnpluggedStep(MASTER, world, world, tenure, wakeInterval, POLL, nanos::get);
    }

    private void register(long epoch) {
        Trust trust = Trust.none().acknowledged(nanos.get(), Duration.ofHours(10));
        tenure.change(standing -> standing.in(new Authority(1, epoch, new UUID(0, 1)), standing.draining(), trust));
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

        assertThat(step.take()).as("it may take it by itself").isEqualTo(new Step.Taken("", SECOND));
        assertThat(wakeUps()).isZero();
        assertThat(after(SECOND).sentence())
                .isEqualTo("woke the buildmaster: beside idle workers wait buildrequests [17]");
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
    void it_is_woken_at_most_once_in_the_interval() {
        for (int brid = 1; brid <= 30; brid++) {
            world.waiting = List.of(brid, brid + 1);
            after(SECOND);
        }

        assertThat(wakeUps()).isEqualTo(3);
    }

    @Test
    void what_waits_on_is_not_woken_for_again_before_five_minutes() {
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
        world.presence = new Traces.Presence(false, Optional.empty());
        step.take();
        assertThat(step.objection()).contains("no buildmaster has registered its builders as build7:/srv/bb yet");
        assertThat(world.askedHost).isEqualTo("build7");

        world.presence = new Traces.Presence(true, Optional.of("build7:/srv/other"));
        after(SECOND);
        assertThat(step.objection()).isEmpty();

        world.running = false;
        after(SECOND);
        assertThat(step.objection()).contains("the buildmaster does not run");
    }

    @Test
    void one_that_calls_itself_otherwise_is_told_by_that_name() {
        world.presence = new Traces.Presence(false, Optional.of("build7:/srv/other"));

        assertThat(step.take().sentence())
                .isEqualTo("no buildmaster has registered its builders as build7:/srv/bb yet; one on this machine calls"
                        + " itself build7:/srv/other: if it is this one, write that as `master`");
    }

    @Test
    void a_drained_one_is_told_once_in_its_epoch_to_end_when_its_builds_have() {
        tenure.change(standing -> standing.draining(true));
        world.handlesSignals = false;
        assertThat(step.take().sentence()).isEqualTo("the buildmaster cannot be told to shut down yet");
        world.handlesSignals = true;

        after(SECOND);
        after(POLL);

        assertThat(world.signals).containsExactly(Supervisor.Signal.CLEAN_SHUTDOWN);
        register(8);
        after(POLL);
        assertThat(world.signals).containsExactly(Supervisor.Signal.CLEAN_SHUTDOWN, Supervisor.Signal.CLEAN_SHUTDOWN);
    }

    @Test
    void an_agent_that_stops_has_it_end_likewise() {
        tenure.change(Standing::stoppingNow);

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
