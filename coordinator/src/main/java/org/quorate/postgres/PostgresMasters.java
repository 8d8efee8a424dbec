package org.quorate.postgres;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.MasterRow;
import org.quorate.master.Masters;
import org.quorate.master.Registration;
import org.quorate.time.ClockOffset;

/**
 * The masters' rows in PostgreSQL: registering (T1) and the clean leave; what the housekeeper does is {@link
 * PostgresFailovers}. Thread-safe.
 */
public final class PostgresMasters implements Masters {

    private final PostgresDatabase database;
    private final boolean hasPlugin;
    private final PostgresFailovers failovers;
    private final Blockers blockers;

    public PostgresMasters(PostgresDatabase database) {
        this(database, true);
    }

    /**
     * Creates the adapter for one agent.
     *
     * @param hasPlugin whether the agent's buildmaster has the plugin
     */
    public PostgresMasters(PostgresDatabase database, boolean hasPlugin) {
        this.database = database;
        this.hasPlugin = hasPlugin;
        this.failovers = new PostgresFailovers(database);
        this.blockers = new Blockers(database);
    }

    /** Returns the application name of the sessions of a master's agent. */
    public static String applicationName(String master) {
        return "quorate-agent:" + Names.hash(master);
    }

    @Override
    public Optional<UUID> holder(String name, long epoch) {
        return database.read(transaction -> transaction
                .statement("masters/holder")
                .bind("name", name)
                .bind("epoch", epoch)
                .mapTo(UUID.class)
                .findOne());
    }

    @Override
    public Optional<Registration> resume(String name, UUID incarnation, long epoch, Set<UUID> after) {
        return database.transaction(transaction -> {
            Failpoint.RESUME_BEGUN.reached();
            Optional<Registration> resumed = transaction
                    .statement("masters/resume")
                    .bind("name", name)
                    .bind("incarnation", incarnation)
                    .bind("epoch", epoch)
                    .bindArray("after", UUID.class, after.toArray())
                    .bind("actor", actor(name))
                    .bind("stock", !hasPlugin)
                    .map((row, context) -> new Registration(
                            new Authority(row.getInt("masterid"), epoch, incarnation),
                            true,
                            row.getBoolean("draining"),
                            0))
                    .findOne();
            resumed.ifPresent(r -> {
                transaction.update(
                        "masters/activate",
                        u -> u.bind("masterid", r.authority().masterid()));
                note(transaction, "resume", r.authority().masterid(), epoch, null, actor(name), null);
            });
            return resumed;
        });
    }

    @Override
    public void proveWritable() {
        database.transaction(transaction -> transaction.update("masters/prove_writable", u -> u));
    }

    @Override
    public Registration register(String name, UUID incarnation, long number) {
        String actor = actor(name);
        int enlisted = database.transaction(transaction -> enlist(transaction, name));
        // the buildmaster of an earlier epoch is gone, and may have left sessions that hold the row
        return blockers.pass(enlisted, Blockers.ANY_EPOCH, transaction -> {
            int masterid = enlist(transaction, name);
            Registered row = transaction
                    .statement("masters/register")
                    .bind("masterid", masterid)
                    .bind("name", name)
                    .bind("incarnation", incarnation)
                    .bind("number", number)
                    .bind("actor", actor)
                    .bind("stock", !hasPlugin)
                    .map((r, context) -> new Registered(r.getLong("epoch"), r.getBoolean("draining")))
                    .one();
            Failpoint.REGISTRATION_LOCKED.reached();
            Authority authority = new Authority(masterid, row.epoch(), incarnation);
            int released = new Clearance(transaction, null, actor).of(masterid, "its master registered again");
            transaction.update("masters/activate", u -> u.bind("masterid", masterid));
            note(transaction, "register", masterid, row.epoch(), null, actor, null);
            return new Registration(authority, false, row.draining(), released);
        });
    }

    private static int enlist(Transaction transaction, String name) {
        String hash = Names.hash(name);
        transaction.update("masters/enlist", u -> u.bind("name", name).bind("name_hash", hash));
        return transaction
                .statement("masters/id")
                .bind("name_hash", hash)
                .mapTo(Integer.class)
                .one();
    }

    private record Registered(long epoch, boolean draining) {}

    @Override
    public boolean isCurrent(Authority authority) {
        return database.read(transaction -> transaction
                .statement("masters/is_current", authority)
                .bind("incarnation", authority.incarnation())
                .mapTo(Boolean.class)
                .one());
    }

    @Override
    public Orders orders(Authority authority) {
        return database.read(transaction -> transaction
                .statement("masters/orders", authority)
                .map((row, context) -> new Orders(
                        row.getBoolean("restart"),
                        row.getObject("at", OffsetDateTime.class).toInstant()))
                .one());
    }

    @Override
    public void publishTrouble(Authority authority, Optional<String> trouble) {
        database.transaction(transaction -> transaction.update(
                "masters/tell_trouble",
                u -> u.bind("masterid", authority.masterid())
                        .bind("epoch", authority.epoch())
                        .bind("trouble", trouble.orElse(null))));
    }

    @Override
    public void publishClock(Authority authority, ClockOffset clock) {
        database.transaction(transaction -> transaction.update(
                "masters/tell_clock",
                u -> u.bind("masterid", authority.masterid())
                        .bind("epoch", authority.epoch())
                        .bind("ahead_ms", clock.ahead().toMillis())
                        .bind("error_ms", clock.error().toMillis())));
    }

    @Override
    public void leave(Authority authority, String why) {
        database.transaction(transaction -> {
            Transaction.Fence fence = transaction.fenceExclusively(authority);
            int masterid = authority.masterid();
            new Clearance(transaction, null, fence.actor()).ofTheGone(masterid, why);
            transaction.update(
                    "masters/leave",
                    u -> u.bind("masterid", masterid)
                            .bind("epoch", authority.epoch())
                            .bind("incarnation", authority.incarnation())
                            .bind("actor", fence.actor()));
            note(transaction, "leave", masterid, authority.epoch(), null, fence.actor(), why);
            return true;
        });
    }

    static void note(
            Transaction transaction,
            String kind,
            int masterid,
            long epoch,
            @Nullable Long leaderEpoch,
            String actor,
            @Nullable String why) {
        transaction.update(
                "masters/note",
                u -> u.bind("kind", kind)
                        .bind("masterid", masterid)
                        .bind("epoch", epoch)
                        .bindByType("leader_epoch", leaderEpoch, Long.class)
                        .bind("actor", actor)
                        .bind("why", why));
    }

    @Override
    public List<MasterRow> list() {
        return database.read(transaction -> transaction
                .statement("masters/list")
                .map((row, context) -> new MasterRow(
                        row.getInt("masterid"),
                        row.getString("name"),
                        row.getLong("epoch"),
                        row.getObject("incarnation", UUID.class),
                        MasterRow.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                        row.getBoolean("draining")))
                .list());
    }

    @Override
    public Map<String, Integer> offerBuilders(Authority authority, List<String> builders) {
        List<String> hashes = Names.hashes(builders);
        return database.transaction(transaction -> {
            transaction.fence(authority);
            transaction.update(
                    "builders/enlist",
                    u -> u.bindArray("names", String.class, builders).bindArray("hashes", String.class, hashes));
            transaction.update(
                    "builders/offer",
                    u -> u.bind("masterid", authority.masterid()).bindArray("hashes", String.class, hashes));
            return transaction
                    .statement("builders/ids")
                    .bindArray("hashes", String.class, hashes)
                    .reduceRows(new HashMap<>(), (ids, row) -> {
                        ids.put(row.getColumn("name", String.class), row.getColumn("id", Integer.class));
                        return ids;
                    });
        });
    }

    @Override
    public long lead(Authority authority, long number) {
        return failovers.lead(authority, number);
    }

    @Override
    public FailOver failOver(Authority leader, long leaderEpoch, int victim, long observed, long number, String why) {
        return failovers.failOver(leader, leaderEpoch, victim, observed, number, why);
    }

    @Override
    public int release(Authority leader, long leaderEpoch, int victim) {
        return failovers.release(leader, leaderEpoch, victim);
    }

    @Override
    public int endSessions(String victimName) {
        return failovers.endSessions(victimName);
    }

    @Override
    public int tidy(Authority leader, long leaderEpoch, Duration retention) {
        return failovers.tidy(leader, leaderEpoch, retention);
    }

    private static String actor(String master) {
        return "master:" + master;
    }
}
