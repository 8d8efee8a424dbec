package org.quorate.testing.memory;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.quorate.master.Authority;
import org.quorate.master.MasterRow;
import org.quorate.master.Masters;
import org.quorate.master.Registration;
import org.quorate.testing.memory.InMemoryDatabase.Leader;
import org.quorate.testing.memory.InMemoryDatabase.Master;
import org.quorate.time.ClockOffset;

/** The masters' rows of an {@link InMemoryDatabase}. Thread-safe. */
public final class InMemoryMasters implements Masters {
    private final InMemoryDatabase database;

    InMemoryMasters(InMemoryDatabase database) {
        this.database = database;
    }

    @Override
    public Optional<UUID> holder(String name, long epoch) {
        return database.transaction(() -> active(name, epoch).map(master -> master.incarnation));
    }

    private Optional<Master> active(String name, long epoch) {
        return database.masters.values().stream()
                .filter(master ->
                        master.name.equals(name) && master.state == MasterRow.State.ACTIVE && master.epoch == epoch)
                .findFirst();
    }

    @Override
    public Optional<Registration> resume(String name, UUID incarnation, long epoch, Set<UUID> after) {
        return database.transaction(() -> active(name, epoch)
                .filter(master -> after.isEmpty() || after.contains(master.incarnation))
                .map(master -> {
                    master.incarnation = incarnation;
                    return new Registration(new Authority(master.id, epoch, incarnation), true, master.draining, 0);
                }));
    }

    @Override
    public void proveWritable() {
        database.transaction(() -> true);
    }

    @Override
    public Registration register(String name, UUID incarnation, long number) {
        return database.transaction(() -> {
            Master master = enlisted(name);
            master.epoch = Math.max(master.epoch + 1, number);
            master.incarnation = incarnation;
            master.state = MasterRow.State.ACTIVE;
            master.clock = null;
            int released = database.releaseAll(master.id);
            Authority authority = new Authority(master.id, master.epoch, incarnation);
            return new Registration(authority, false, master.draining, released);
        });
    }

    private Master enlisted(String name) {
        return database.masters.values().stream()
                .filter(master -> master.name.equals(name))
                .findFirst()
                .orElseGet(() -> {
                    Master made = new Master(database.nextId(), name);
                    database.masters.put(made.id, made);
                    return made;
                });
    }

    @Override
    public Orders orders(Authority authority) {
        return new Orders(
                database.restartRequested.contains(authority.epoch()), Instant.ofEpochMilli(database.nowEpochMillis()));
    }

    @Override
    public void publishTrouble(Authority authority, Optional<String> trouble) {
        // for operators only, who do not read the memory
    }

    @Override
    public void publishClock(Authority authority, ClockOffset clock) {
        database.transaction(() -> Optional.ofNullable(database.masters.get(authority.masterid()))
                .filter(master -> master.epoch == authority.epoch() && master.state == MasterRow.State.ACTIVE)
                .map(master -> master.clock = clock));
    }

    @Override
    public boolean isCurrent(Authority authority) {
        return database.transaction(() -> Optional.ofNullable(database.masters.get(authority.masterid()))
                .filter(master -> master.isCurrent(authority))
                .isPresent());
    }

    @Override
    public void leave(Authority authority, String why) {
        database.transaction(() -> {
            Master master = database.fence(authority);
            master.state = MasterRow.State.DEAD;
            return database.releaseAll(master.id);
        });
    }

    @Override
    public long lead(Authority authority, long number) {
        return database.transaction(() -> {
            database.fence(authority);
            long epoch = Math.max(database.leader.epoch() + 1, number);
            database.leader = new Leader(epoch, authority.masterid(), authority.incarnation());
            return epoch;
        });
    }

    @Override
    public FailOver failOver(Authority leader, long leaderEpoch, int victim, long observed, long number, String why) {
        return database.transaction(() -> {
            if (!isLed(leader, leaderEpoch)) {
                return new FailOver(FailOver.Result.DEPOSED, 0, 0);
            }
            Master master = database.masters.get(victim);
            if (master == null || master.epoch != observed || master.state != MasterRow.State.ACTIVE) {
                return new FailOver(FailOver.Result.NOTHING, 0, 0);
            }
            master.epoch = Math.max(master.epoch + 1, number);
            if (database.sessions.contains(master.name)) {
                master.state = MasterRow.State.FENCED;
                return new FailOver(FailOver.Result.FENCED, 0, master.epoch);
            }
            master.state = MasterRow.State.DEAD;
            return new FailOver(FailOver.Result.RELEASED, database.releaseAll(victim), master.epoch);
        });
    }

    @Override
    public int release(Authority leader, long leaderEpoch, int victim) {
        return database.transaction(() -> {
            Master master = database.masters.get(victim);
            if (!isLed(leader, leaderEpoch) || master == null || master.state != MasterRow.State.FENCED) {
                return 0;
            }
            master.state = MasterRow.State.DEAD;
            return database.releaseAll(victim);
        });
    }

    private boolean isLed(Authority leader, long leaderEpoch) {
        return database.leader.equals(new Leader(leaderEpoch, leader.masterid(), leader.incarnation()));
    }

    @Override
    public int endSessions(String victimName) {
        return database.transaction(() -> {
            int before = database.sessions.size();
            database.sessions.removeIf(victimName::equals);
            return before - database.sessions.size();
        });
    }

    @Override
    public List<MasterRow> list() {
        return database.transaction(() -> database.masters.values().stream()
                .map(master -> new MasterRow(
                        master.id, master.name, master.epoch, master.incarnation, master.state, master.draining))
                .toList());
    }

    @Override
    public Map<String, Integer> offerBuilders(Authority authority, List<String> builders) {
        return database.transaction(() -> {
            database.fence(authority);
            Map<String, Integer> ids = new TreeMap<>();
            builders.forEach(name -> ids.put(name, database.builder(name)));
            return ids;
        });
    }

    @Override
    public int tidy(Authority leader, long leaderEpoch, Duration retention) {
        return database.transaction(() -> {
            if (!isLed(leader, leaderEpoch)) {
                return 0;
            }
            database.forgetOldEvents();
            return database.finish(new HashSet<>(database.buildsets.keySet()));
        });
    }
}
