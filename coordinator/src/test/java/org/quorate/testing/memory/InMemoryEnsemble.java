package org.quorate.testing.memory;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.quorate.identity.Pairing;
import org.quorate.master.Ensemble;
import org.quorate.master.Member;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.testing.memory.InMemoryZooKeeper.Held;

/** One agent's connection to an {@link InMemoryZooKeeper}. Thread-safe. */
public final class InMemoryEnsemble implements Ensemble {
    private final InMemoryZooKeeper world;
    private final List<Runnable> wakes = new CopyOnWriteArrayList<>();
    private volatile Optional<String> own = Optional.empty();
    private volatile boolean everConnected;
    private volatile Runnable before = () -> {};

    volatile long session;
    volatile boolean cutOff;
    volatile Map<String, String> owners = Map.of();

    InMemoryEnsemble(InMemoryZooKeeper world, long session) {
        this.world = world;
        this.session = session;
    }

    @Override
    public Duration sessionTimeout() {
        if (!everConnected) {
            ask(() -> true);
        }
        return world.sessionTimeout;
    }

    @Override
    public boolean isConnected() {
        return world.reaches(this);
    }

    @Override
    public long number() {
        return ask(world::next);
    }

    @Override
    public Optional<Pairing> pairing() {
        return ask(() -> world.pairing);
    }

    @Override
    public boolean pair(Optional<Pairing> before, Pairing after) {
        return change(() -> {
            boolean expected = world.pairing.equals(before);
            if (expected) {
                world.pairing = Optional.of(after);
            }
            return expected;
        });
    }

    @Override
    public Optional<Member> join(Member self, Optional<UUID> predecessor) {
        return change(() -> {
            Optional<Member> stranger = Optional.ofNullable(world.masters.get(self.name()))
                    .filter(held -> held.session() != session)
                    .map(Held::content)
                    .filter(holder -> !holder.incarnation().equals(self.incarnation())
                            && predecessor.filter(holder.incarnation()::equals).isEmpty());
            if (stranger.isEmpty()) {
                world.masters.put(self.name(), new Held<>(session, self));
                own = Optional.of(self.name());
            }
            return stranger;
        });
    }

    @Override
    public void publish(Member self) {
        change(() -> world.masters.computeIfPresent(
                self.name(), (name, held) -> held.session() == session ? new Held<>(session, self) : held));
    }

    @Override
    public boolean heartbeat() {
        return ask(() -> own.map(world.masters::get)
                .filter(held -> held.session() == session)
                .isPresent());
    }

    @Override
    public void leave() {
        change(() -> {
            world.schedulers.values().removeIf(held -> held.session() == session);
            world.masters.values().removeIf(held -> held.session() == session);
            own = Optional.empty();
            return true;
        });
    }

    @Override
    public Map<String, Member> members() {
        return ask(() -> {
            Map<String, Member> members = new LinkedHashMap<>();
            world.masters.forEach((name, held) -> members.put(name, held.content()));
            return members;
        });
    }

    /** Like the cache of the real one, returns without a connection what was seen last. */
    @Override
    public Map<String, String> owners() {
        return owners;
    }

    @Override
    public boolean contend(String scheduler, String master) {
        return change(() -> {
            Held<String> ours = new Held<>(session, master);
            return world.schedulers
                    .merge(scheduler, ours, (held, wanted) -> held.content().equals(master) ? wanted : held)
                    .equals(ours);
        });
    }

    @Override
    public void withdraw(String scheduler) {
        change(() ->
                world.schedulers.computeIfPresent(scheduler, (name, held) -> held.session() == session ? null : held));
    }

    @Override
    public void stand(String master) {
        world.change(() -> world.candidates.putIfAbsent(this, master));
    }

    @Override
    public boolean seemsLeader() {
        synchronized (world) {
            return isConnected()
                    && world.candidates.keySet().stream().findFirst().equals(Optional.of(this));
        }
    }

    @Override
    public void standDown() {
        world.change(() -> world.candidates.remove(this));
    }

    @Override
    public void onChange(Runnable wake) {
        wakes.add(wake);
    }

    @Override
    public void close() {
        world.change(() -> {
            world.forget(this);
            return true;
        });
    }

    void wake() {
        wakes.forEach(Runnable::run);
    }

    /** Runs before every request; a test lets time pass in it, or throws. */
    public void beforeEachRequest(Runnable action) {
        before = action;
    }

    private <T> T ask(Supplier<T> question) {
        before.run();
        synchronized (world) {
            if (!isConnected()) {
                throw new ZooKeeperUnreachable("the test cut this agent off, or stopped ZooKeeper");
            }
            everConnected = true;
            return question.get();
        }
    }

    private <T> T change(Supplier<T> change) {
        return world.change(() -> ask(change));
    }
}
