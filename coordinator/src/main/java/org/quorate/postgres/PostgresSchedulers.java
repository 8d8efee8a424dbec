package org.quorate.postgres;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.SchedulerRow;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;

/** The schedulers' terms and ticks in PostgreSQL: T6 and T7. Thread-safe. */
public final class PostgresSchedulers implements Schedulers {
    private final PostgresDatabase database;

    public PostgresSchedulers(PostgresDatabase database) {
        this.database = database;
    }

    @Override
    public void enlist(Authority authority, List<String> names) {
        List<String> hashes = names.stream().map(Names::serviceHash).toList();
        database.transaction(transaction -> {
            transaction.fence(authority);
            transaction.update(
                    "schedulers/enlist",
                    u -> u.bindArray("names", String.class, names).bindArray("hashes", String.class, hashes));
            transaction.update("schedulers/adopt", u -> u.bindArray("hashes", String.class, hashes));
            return transaction.update(
                    "schedulers/offer",
                    u -> u.bind("masterid", authority.masterid())
                            .bind("epoch", authority.epoch())
                            .bindArray("hashes", String.class, hashes));
        });
    }

    @Override
    public Optional<Ownership> own(Authority authority, String scheduler, long number) {
        try {
            return begin(authority, scheduler, number);
        } catch (HeldByStock e) {
            return Optional.empty();
        }
    }

    /** A stock master took the scheduler at the same moment; this exception rolls the term back. */
    private static final class HeldByStock extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private Optional<Ownership> begin(Authority authority, String scheduler, long number) {
        return database.transaction(transaction -> {
            Transaction.Fence fence = transaction.fence(authority);
            if (fence.draining()) {
                return Optional.empty();
            }
            Optional<Owned> owned = transaction
                    .statement("schedulers/own", authority)
                    .bind("hash", Names.serviceHash(scheduler))
                    .bind("number", number)
                    .map((row, context) -> new Owned(
                            row.getInt("schedulerid"),
                            new Ownership(
                                    scheduler,
                                    row.getLong("term"),
                                    row.getBoolean("enabled"),
                                    row.getLong("last_tick"),
                                    row.getLong("now_millis"))))
                    .findOne();
            owned.ifPresent(o -> {
                Failpoint.TERM_BEGUN.reached();
                mirror(transaction, authority, o.schedulerid());
                note(
                        transaction,
                        "own",
                        authority,
                        o.schedulerid(),
                        o.ownership().term(),
                        fence.actor(),
                        null);
            });
            return owned.map(Owned::ownership);
        });
    }

    private static void mirror(Transaction transaction, Authority authority, int schedulerid) {
        Optional<Integer> shown = transaction
                .statement("schedulers/mirror")
                .bind("schedulerid", schedulerid)
                .bind("masterid", authority.masterid())
                .mapTo(Integer.class)
                .findOne();
        if (shown.isEmpty()) {
            throw new HeldByStock();
        }
    }

    private record Owned(int schedulerid, Ownership ownership) {}

    @Override
    public void disown(Authority authority, String scheduler, long term) {
        database.transaction(transaction -> {
            Transaction.Fence fence = transaction.fence(authority);
            transaction
                    .statement("schedulers/disown", authority)
                    .bind("hash", Names.serviceHash(scheduler))
                    .bind("term", term)
                    .mapTo(Integer.class)
                    .findOne()
                    .ifPresent(id -> note(transaction, "disown", authority, id, term, fence.actor(), "handed over"));
            return true;
        });
    }

    private static void note(
            Transaction transaction,
            String kind,
            Authority authority,
            int schedulerid,
            long term,
            String actor,
            @Nullable String why) {
        transaction.update(
                "schedulers/note",
                u -> u.bind("kind", kind)
                        .bind("schedulerid", schedulerid)
                        .bind("masterid", authority.masterid())
                        .bind("epoch", authority.epoch())
                        .bind("term", term)
                        .bind("actor", actor)
                        .bind("why", why));
    }

    @Override
    public TickResult tick(Authority authority, Tick tick) {
        return database.transaction(transaction -> {
            Transaction.Fence fence = transaction.fence(authority);
            Term term = transaction
                    .statement("schedulers/term", authority)
                    .bind("hash", Names.serviceHash(tick.scheduler()))
                    .bind("term", tick.term())
                    .bind("at", tick.atEpochSecond())
                    .map((row, context) -> new Term(
                            row.getInt("schedulerid"),
                            row.getBoolean("enabled"),
                            row.getBoolean("due"),
                            row.getLong("now_millis")))
                    .findOne()
                    .orElseThrow(() -> new Fenced("term " + tick.term() + " of " + tick.scheduler()
                            + " is over: another term began, or this master handed it over"));
            if (!term.enabled()) {
                return new TickResult(TickResult.State.DISABLED, 0, term.nowMillis());
            }
            if (fence.draining()) {
                return new TickResult(TickResult.State.DRAINED, 0, term.nowMillis());
            }
            return term.due()
                    ? commit(transaction, authority, fence, term, tick)
                    : new TickResult(TickResult.State.EARLY, 0, term.nowMillis());
        });
    }

    private record Term(int schedulerid, boolean enabled, boolean due, long nowMillis) {}

    private static TickResult commit(
            Transaction transaction, Authority authority, Transaction.Fence fence, Term term, Tick tick) {
        Optional<Integer> buildsetid = transaction
                .statement("schedulers/tick", authority)
                .bind("schedulerid", term.schedulerid())
                .bind("occasion", tick.occasion())
                .bind("at", tick.atEpochSecond())
                .bind("term", tick.term())
                .mapTo(Integer.class)
                .findOne();
        if (buildsetid.isEmpty()) {
            return new TickResult(TickResult.State.ALREADY, 0, term.nowMillis());
        }
        Failpoint.TICK_WRITTEN.reached();
        transaction
                .statement("schedulers/tick_buildset")
                .bind("buildsetid", buildsetid.get())
                .bindArray("hashes", String.class, Names.hashes(tick.builders()))
                .bind("priority", tick.priority())
                .bind("reason", tick.reason())
                .bind("properties", tick.properties())
                .bind("scheduler", tick.scheduler())
                .mapTo(Integer.class)
                .list();
        transaction.update(
                "schedulers/note_tick",
                u -> u.bind("schedulerid", term.schedulerid())
                        .bind("masterid", authority.masterid())
                        .bind("epoch", authority.epoch())
                        .bind("term", tick.term())
                        .bind("occasion", tick.occasion())
                        .bind("actor", fence.actor()));
        return new TickResult(TickResult.State.COMMITTED, buildsetid.get(), term.nowMillis());
    }

    @Override
    public List<Integer> due(String scheduler, String upstream) {
        return database.read(transaction -> transaction
                .statement("schedulers/due")
                .bind("hash", Names.hash(scheduler))
                .bind("upstream_hash", Names.hash(upstream))
                .mapTo(Integer.class)
                .list());
    }

    @Override
    public List<SchedulerRow> list() {
        return database.read(transaction -> transaction
                .statement("schedulers/list")
                .map((row, context) -> new SchedulerRow(
                        row.getInt("schedulerid"),
                        row.getString("name"),
                        row.getBoolean("enabled"),
                        row.getLong("term"),
                        Optional.ofNullable(row.getString("owner")),
                        Optional.ofNullable(row.getString("preferred"))))
                .list());
    }
}
