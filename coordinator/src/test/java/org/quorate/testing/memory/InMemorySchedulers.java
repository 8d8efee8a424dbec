package org.quorate.testing.memory;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.SchedulerRow;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;
import org.quorate.testing.memory.InMemoryDatabase.Occasion;
import org.quorate.testing.memory.InMemoryDatabase.SchedulerState;
import org.quorate.testing.memory.InMemoryDatabase.TickState;

/** The schedulers of an {@link InMemoryDatabase}. Thread-safe. */
public final class InMemorySchedulers implements Schedulers {
    private final InMemoryDatabase database;

    InMemorySchedulers(InMemoryDatabase database) {
        this.database = database;
    }

    @Override
    public void enlist(Authority authority, List<String> names) {
        database.transaction(() -> {
            database.fence(authority);
            names.forEach(name ->
                    database.schedulers.computeIfAbsent(name, made -> new SchedulerState(database.nextId(), made)));
            return true;
        });
    }

    @Override
    public Optional<Ownership> own(Authority authority, String scheduler, long number) {
        return database.transaction(() -> {
            boolean draining = database.fence(authority).draining;
            SchedulerState state = database.schedulers.get(scheduler);
            if (draining
                    || state == null
                    || database.ownerOf(state)
                            .filter(owner -> owner.id != authority.masterid())
                            .isPresent()) {
                return Optional.empty();
            }
            state.term = Math.max(state.term + 1, number);
            state.masterid = authority.masterid();
            state.epoch = authority.epoch();
            return Optional.of(new Ownership(
                    scheduler, state.term, state.enabled, lastTick(scheduler), database.nowEpochMillis()));
        });
    }

    private long lastTick(String scheduler) {
        return database.ticks.entrySet().stream()
                .filter(entry -> entry.getKey().scheduler().equals(scheduler))
                .filter(entry -> entry.getKey().occasion().startsWith("at "))
                .mapToLong(entry -> entry.getValue().atEpochSecond())
                .max()
                .orElse(0);
    }

    @Override
    public void disown(Authority authority, String scheduler, long term) {
        database.transaction(() -> {
            database.fence(authority);
            SchedulerState state = database.schedulers.get(scheduler);
            if (state != null && isOwned(state, authority, term)) {
                state.masterid = null;
            }
            return true;
        });
    }

    private static boolean isOwned(SchedulerState state, Authority authority, long term) {
        return state.term == term
                && Objects.equals(state.masterid, authority.masterid())
                && state.epoch == authority.epoch();
    }

    @Override
    public TickResult tick(Authority authority, Tick tick) {
        return database.transaction(() -> {
            boolean draining = database.fence(authority).draining;
            SchedulerState state = database.schedulers.get(tick.scheduler());
            if (state == null || !isOwned(state, authority, tick.term())) {
                throw new Fenced("term " + tick.term() + " of " + tick.scheduler() + " is over");
            }
            if (!state.enabled) {
                return result(TickResult.State.DISABLED, 0);
            }
            if (draining) {
                return result(TickResult.State.DRAINED, 0);
            }
            if (tick.atEpochSecond() * 1_000 > database.nowEpochMillis()) {
                return result(TickResult.State.EARLY, 0);
            }
            Occasion occasion = new Occasion(tick.scheduler(), tick.occasion());
            if (database.ticks.containsKey(occasion)) {
                return result(TickResult.State.ALREADY, 0);
            }
            int buildsetid = addBuildset(tick);
            database.ticks.put(occasion, new TickState(tick.atEpochSecond(), buildsetid));
            return result(TickResult.State.COMMITTED, buildsetid);
        });
    }

    private TickResult result(TickResult.State state, int buildsetid) {
        return new TickResult(state, buildsetid, database.nowEpochMillis());
    }

    private int addBuildset(Tick tick) {
        List<Integer> builderids = tick.builders().stream()
                .map(database.builders::get)
                .filter(Objects::nonNull)
                .toList();
        String more = "\"scheduler\": \"" + tick.scheduler() + "\"}";
        String properties = tick.properties().trim();
        String open = properties.substring(0, properties.lastIndexOf('}')).trim();
        return database.addBuildset(
                builderids,
                tick.priority(),
                (int) database.nowEpochSecond(),
                open.equals("{") ? "{" + more : open + ", " + more);
    }

    @Override
    public List<Integer> due(String scheduler, String upstream) {
        long oldest = database.nowEpochSecond() - 86_400;
        return database.transaction(() -> database.ticks.entrySet().stream()
                .filter(entry -> entry.getKey().scheduler().equals(upstream))
                .filter(entry -> entry.getValue().atEpochSecond() > oldest)
                .map(entry -> entry.getValue().buildsetid())
                .filter(id -> id > Objects.requireNonNull(database.schedulers.get(scheduler)).enabledSinceId)
                .filter(id -> InMemoryDatabase.isGood(Objects.requireNonNull(database.buildsets.get(id)).results))
                .filter(id -> !database.ticks.containsKey(new Occasion(scheduler, "buildset " + id)))
                .sorted()
                .toList());
    }

    @Override
    public List<SchedulerRow> list() {
        return database.transaction(() -> database.schedulers.values().stream()
                .map(state -> new SchedulerRow(
                        state.id,
                        state.name,
                        state.enabled,
                        state.term,
                        database.ownerOf(state).map(owner -> owner.name),
                        Optional.ofNullable(state.preferred)))
                .toList());
    }
}
