package org.quorate.demo.faults;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.demo.cluster.DemoFailed;
import org.quorate.demo.cluster.Ledger;
import org.quorate.demo.cluster.Machines;
import org.quorate.demo.cluster.Pace;
import org.quorate.demo.cluster.Zombie;
import org.quorate.demo.cluster.Zombie.Attempts;

/**
 * Causes the faults of a run. One master is killed when a third of the work is done. Another one is frozen past its
 * session when half of the work is done, and then woken. Both join again. A step looks at one picture and does the next
 * thing. One thread.
 */
public final class Nemesis {
    /** On a machine that is busy with other things the start of a JVM alone may take half a minute. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Machines machines;
    private final Ledger ledger;
    private final int requests;
    private final Random random;
    private final LongSupplier nanoTime;
    private final Consumer<String> say;
    private final List<Failover> failovers = new ArrayList<>();
    private Phase phase = Phase.BEFORE_KILL;
    private String victim = "";
    private String killed = "";
    private @Nullable OffsetDateTime signal;
    private long sinceNanos;
    private @Nullable Zombie zombie;
    private Attempts attempts = Attempts.none();

    private enum Phase {
        BEFORE_KILL,
        KILLED,
        BEFORE_FREEZE,
        FROZEN,
        WOKEN,
        REJOINING,
        DONE
    }

    public Nemesis(
            Machines machines,
            Ledger ledger,
            int requests,
            Random random,
            LongSupplier nanoTime,
            Consumer<String> say) {
        this.machines = machines;
        this.ledger = ledger;
        this.requests = requests;
        this.random = random;
        this.nanoTime = nanoTime;
        this.say = say;
        this.sinceNanos = nanoTime.getAsLong();
    }

    public boolean isDone() {
        return phase == Phase.DONE;
    }

    public List<Failover> failovers() {
        return List.copyOf(failovers);
    }

    public Attempts attempts() {
        return attempts;
    }

    public void step(Picture picture) {
        switch (phase) {
            case BEFORE_KILL -> {
                if (isDue(picture, 3)) {
                    choose(picture).ifPresent(this::kill);
                }
            }
            case KILLED -> measure("killed", Phase.BEFORE_FREEZE);
            case BEFORE_FREEZE -> beforeFreeze(picture);
            case FROZEN -> {
                if (elapsed().compareTo(Pace.FREEZE) >= 0) {
                    wake();
                }
            }
            case WOKEN -> measure("frozen", Phase.REJOINING);
            case REJOINING -> rejoin(picture);
            case DONE -> {}
        }
    }

    /**
     * Returns whether the next fault is due. From then on the demo waits for a victim that owns a scheduler, but not
     * for long.
     */
    private boolean isDue(Picture picture, int part) {
        boolean due = picture.completed() * part >= requests;
        if (!due) {
            sinceNanos = nanoTime.getAsLong();
        }
        return due;
    }

    private Optional<String> choose(Picture picture) {
        return Victims.choose(picture.masters(), elapsed().compareTo(Duration.ofSeconds(3)) < 0, random);
    }

    private void kill(String master) {
        hit(master);
        killed = master;
        int processes = machines.kill(master);
        say.accept("SIGKILL to all " + processes + " processes of " + master + ": agent, buildmaster and builds");
        enter(Phase.KILLED);
    }

    private void beforeFreeze(Picture picture) {
        if (picture.activeMasters() < 2) {
            if (!killed.isEmpty()) {
                restartKilled();
            }
        } else if (isDue(picture, 2)) {
            choose(picture).ifPresent(this::freeze);
        }
    }

    private void freeze(String master) {
        hit(master);
        int processes = machines.freeze(master);
        // the frozen master writes no more, so this is what it held when it was frozen
        zombie = Zombie.of(ledger, master).orElse(null);
        say.accept(String.format(
                Locale.ROOT,
                "SIGSTOP to all %d processes of %s for %.1f s, past its session",
                processes,
                master,
                Pace.FREEZE.toMillis() / 1000.0));
        enter(Phase.FROZEN);
    }

    private void wake() {
        machines.wake(victim);
        attempts = zombie == null ? Attempts.none() : machines.replay(zombie);
        say.accept("SIGCONT to " + victim + ": with its old epoch it tried " + listed(attempts));
        enter(Phase.WOKEN);
    }

    private static String listed(Attempts attempts) {
        String refused = attempts.refused().isEmpty() ? "nothing" : String.join(", ", attempts.refused()) + ": refused";
        return attempts.accepted().isEmpty()
                ? refused
                : refused + "; ACCEPTED " + String.join(", ", attempts.accepted());
    }

    private void measure(String how, Phase next) {
        OffsetDateTime at = signal;
        if (at == null) {
            return;
        }
        Failover failover = Failover.of(ledger, victim, how, at);
        if (failover.isOver()) {
            failovers.add(failover);
            say.accept(failover.sentence());
            enter(next);
        } else if (elapsed().compareTo(PATIENCE) > 0) {
            throw new DemoFailed(
                    victim + " was " + how + " more than " + PATIENCE.toSeconds() + " s ago, and of what it held "
                            + failover.reclaimed() + " of " + failover.released() + " buildrequests and "
                            + failover.moved() + " of "
                            + failover.owned() + " schedulers have moved: the agents' logs give the reason");
        }
    }

    private void rejoin(Picture picture) {
        if (!killed.isEmpty()) {
            restartKilled();
        }
        boolean all = picture.masters().stream().allMatch(Picture.Master::isActive);
        if (all) {
            say.accept("all masters are active again");
            enter(Phase.DONE);
        } else if (elapsed().compareTo(PATIENCE) > 0) {
            throw new DemoFailed("not all masters joined again within " + PATIENCE.toSeconds() + " s: "
                    + picture.masters().stream()
                            .filter(m -> !m.isActive())
                            .map(m -> m.name() + " is " + m.state())
                            .toList());
        }
    }

    private void restartKilled() {
        say.accept("starting " + killed + " again");
        machines.start(killed);
        killed = "";
    }

    private void hit(String master) {
        victim = master;
        signal = ledger.now();
    }

    private void enter(Phase next) {
        phase = next;
        sinceNanos = nanoTime.getAsLong();
    }

    private Duration elapsed() {
        return Duration.ofNanos(nanoTime.getAsLong() - sinceNanos);
    }
}
