package org.quorate.postgres;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.MasterRow;
import org.quorate.master.Masters;
import org.quorate.master.Registration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The masters' rows in PostgreSQL: T1, T4, T5 and the clean leave. Thread-safe. */
public final class PostgresMasters implements Masters {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresMasters.class);
    private static final int DAYS_OF_HISTORY_AHEAD = 14;

    private final PostgresDatabase database;
    private final boolean plugged;

    public PostgresMasters(PostgresDatabase database) {
        this(database, true);
    }

    /** {@code plugged}: whether the buildmaster of who registers here has the plugin. */
    public PostgresMasters(PostgresDatabase database, boolean plugged) {
        this.database = database;
        this.plugged = plugged;
    }

    /** The name by which the sessions of a master's agent are known to the server. */
    public static String applicationName(String master) {
        return "quorate-agent:" + Names.hash(master);
    }

    @Override
    public Optional<Registration> resume(String name, UUID incarnation, long epoch) {
        return database.transaction(transaction -> {
            Failpoint.RESUME_BEGUN.reached();
            Optional<Registration> resumed = transaction
                    .statement("masters/resume")
                    .bind("name", name)
                    .bind("incarnation", incarnation)
                    .bind("epoch", epoch)
                    .bind("actor", actor(name))
                    .bind("plugged", plugged)
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
    public Registration register(String name, UUID incarnation, long number) {
        String actor = actor(name);
        return database.transaction(transaction -> {
            int masterid = enlist(transaction, name);
            Registered row = transaction
                    .statement("masters/register")
                    .bind("masterid", masterid)
                    .bind("name", name)
                    .bind("incarnation", incarnation)
                    .bind("number", number)
                    .bind("actor", actor)
                    .bind("plugged", plugged)
                    .map((r, context) -> new Registered(r.getLong("epoch"), r.getBoolean("draining")))
                    .one();
            Failpoint.REGISTRATION_LOCKED.reached();
            Authority authority = new Authority(masterid, row.epoch(), incarnation);
            int released = new Clearance(transaction, null, actor).of(masterid, "its master registered anew");
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
    public boolean isRecycled(Authority authority) {
        return database.read(transaction -> transaction
                .statement("masters/is_recycled", authority)
                .mapTo(Boolean.class)
                .one());
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

    @Override
    public long lead(Authority authority, long number) {
        return database.transaction(transaction -> {
            // the leader's row first, as everywhere: a fail-over of this very master holds it and waits for ours
            long epoch = transaction
                    .statement("leader/lead")
                    .bind("masterid", authority.masterid())
                    .bind("incarnation", authority.incarnation())
                    .bind("number", number)
                    .mapTo(Long.class)
                    .one();
            Transaction.Fence fence = transaction.fence(authority);
            note(transaction, "lead", authority.masterid(), authority.epoch(), epoch, fence.actor(), null);
            return epoch;
        });
    }

    @Override
    public FailOver failOver(Authority leader, long leaderEpoch, int victim, long observed, long number, String why) {
        return pastOpenTransactions(transaction -> {
            if (!isLed(transaction, leader, leaderEpoch)) {
                return new FailOver(FailOver.Result.DEPOSED, 0, 0);
            }
            Optional<Victim> locked = lock(transaction, victim);
            if (locked.isEmpty()
                    || locked.get().epoch() != observed
                    || !locked.get().state().equals("active")) {
                return new FailOver(FailOver.Result.NOTHING, 0, 0);
            }
            String actor = "leader:" + leader.masterid();
            boolean atOnce = !hasSessions(transaction, locked.get().name());
            long epoch = transaction
                    .statement("masters/end_epoch")
                    .bind("victim", victim)
                    .bind("number", number)
                    .bind("state", atOnce ? "dead" : "fenced")
                    .bind("actor", actor)
                    .mapTo(Long.class)
                    .one();
            note(transaction, "fence", victim, observed, leaderEpoch, actor, why);
            Failpoint.EPOCH_ENDED.reached();
            if (!atOnce) {
                return new FailOver(FailOver.Result.FENCED, 0, epoch);
            }
            int released = new Clearance(transaction, leaderEpoch, actor).ofTheGone(victim, why);
            return new FailOver(FailOver.Result.RELEASED, released, epoch);
        });
    }

    @Override
    public int release(Authority leader, long leaderEpoch, int victim) {
        return pastOpenTransactions(transaction -> {
            if (!isLed(transaction, leader, leaderEpoch)) {
                return 0;
            }
            Optional<Victim> locked = lock(transaction, victim);
            if (locked.isEmpty() || !locked.get().state().equals("fenced")) {
                return 0;
            }
            String actor = "leader:" + leader.masterid();
            int released = new Clearance(transaction, leaderEpoch, actor).ofTheGone(victim, "its kill time is over");
            transaction.update("masters/bury", u -> u.bind("victim", victim).bind("actor", actor));
            return released;
        });
    }

    /** A buildmaster that froze in a transaction of its own must not hold up the end of its epoch. */
    private <T> T pastOpenTransactions(Function<Transaction, T> work) {
        try {
            return database.transaction(work);
        } catch (DatabaseUnreachable e) {
            if (!PostgresDatabase.isNotInTime(e) || endHolders() == 0) {
                throw e;
            }
            return database.transaction(work);
        }
    }

    private int endHolders() {
        int ended = database.read(transaction -> transaction
                .statement("masters/end_holders")
                .mapTo(Integer.class)
                .one());
        if (ended > 0) {
            LOG.warn("ended {} transactions that were left open and held up a failover", ended);
        }
        return ended;
    }

    private static boolean isLed(Transaction transaction, Authority leader, long leaderEpoch) {
        return transaction
                .statement("leader/hold")
                .bind("leader_epoch", leaderEpoch)
                .bind("masterid", leader.masterid())
                .bind("incarnation", leader.incarnation())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private static Optional<Victim> lock(Transaction transaction, int victim) {
        return transaction
                .statement("masters/lock_victim")
                .bind("victim", victim)
                .map((row, context) -> new Victim(row.getString("name"), row.getLong("epoch"), row.getString("state")))
                .findOne();
    }

    private record Victim(String name, long epoch, String state) {}

    private static boolean hasSessions(Transaction transaction, String name) {
        return transaction
                .statement("masters/has_sessions")
                .bind("application_name", applicationName(name))
                .mapTo(Boolean.class)
                .one();
    }

    private static void note(
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
    public int endSessions(String victimName) {
        return database.read(transaction -> transaction
                .statement("masters/end_sessions")
                .bind("application_name", applicationName(victimName))
                .mapTo(Integer.class)
                .one());
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
    public int tidy(Authority leader, long leaderEpoch, Duration retention) {
        int finished = database.transaction(transaction -> {
            if (!isLed(transaction, leader, leaderEpoch)) {
                return 0;
            }
            transaction.update("events/forget", u -> u);
            transaction.update("masters/keep_fresh", u -> u);
            restoreClaims(transaction);
            return transaction
                    .statement("buildsets/finish_stragglers")
                    .mapTo(Integer.class)
                    .list()
                    .size();
        });
        // apart, so that the locks on the history are given up at once
        database.transaction(transaction -> {
            if (isLed(transaction, leader, leaderEpoch)) {
                keepHistory(transaction, retention);
            }
            return true;
        });
        return finished;
    }

    private static void restoreClaims(Transaction transaction) {
        List<Integer> restored =
                transaction.statement("claims/restore").mapTo(Integer.class).list();
        if (!restored.isEmpty()) {
            LOG.warn(
                    "the claims of buildrequests {} were deleted from buildrequest_claims while they are being built, and are"
                            + " there again: stop a build in its master's web page or with quorate cancel",
                    restored);
        }
    }

    private static void keepHistory(Transaction transaction, Duration retention) {
        transaction
                .statement("cluster/prepare_history")
                .bind("days", DAYS_OF_HISTORY_AHEAD)
                .map((row, context) -> true)
                .list();
        transaction
                .statement("cluster/forget_history")
                .bind("days", Math.toIntExact(retention.toDays()))
                .mapTo(Integer.class)
                .one();
    }

    private static String actor(String master) {
        return "master:" + master;
    }
}
