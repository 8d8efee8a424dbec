package org.quorate.testing.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.claim.Results;
import org.quorate.event.Batch;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Fenced;
import org.quorate.master.MasterRow;
import org.quorate.master.UnknownOutcome;
import org.quorate.testing.SharedDatabase;
import org.quorate.time.ClockOffset;

/**
 * The shared database as a few maps under one lock, so that each transaction runs alone. It enforces the same rules as
 * PostgreSQL, and one contract tests both. Its clock stands still until a test advances it. Thread-safe.
 */
public final class InMemoryDatabase implements SharedDatabase {
    final Map<Integer, Master> masters = new TreeMap<>();
    final Map<String, Integer> builders = new TreeMap<>();
    final Map<Integer, Request> requests = new TreeMap<>();
    final Map<Integer, Buildset> buildsets = new TreeMap<>();
    final Map<Integer, Held> claims = new TreeMap<>();
    final Set<Finished> finished = new HashSet<>();
    final Set<Integer> cancellations = new HashSet<>();
    /** Buildrequests whose rows another session has locked. */
    final Set<Integer> locked = new HashSet<>();

    final Set<Long> restartRequested = new HashSet<>();
    final Map<String, SchedulerState> schedulers = new TreeMap<>();
    final Map<Occasion, TickState> ticks = new HashMap<>();
    final List<String> sessions = new ArrayList<>();
    private final InMemoryIdentities identities = new InMemoryIdentities();
    final List<Said> said = new ArrayList<>();
    Leader leader = new Leader(0, 0, new UUID(0, 0));

    private long nowEpochMillis = 1_795_000_000_000L;
    private boolean unreachable;
    private AnswerLost answerLost = AnswerLost.NO;
    private int ids;
    private long seq;

    private enum AnswerLost {
        NO,
        BEFORE_THE_COMMIT,
        AFTER_THE_COMMIT
    }

    static final class Master {
        final int id;
        final String name;
        long epoch;
        UUID incarnation = new UUID(0, 0);
        MasterRow.State state = MasterRow.State.DEAD;
        boolean draining;

        @Nullable ClockOffset clock;

        Master(int id, String name) {
            this.id = id;
            this.name = name;
        }

        boolean isCurrent(Authority authority) {
            return state == MasterRow.State.ACTIVE
                    && epoch == authority.epoch()
                    && incarnation.equals(authority.incarnation());
        }
    }

    static final class Request {
        final int id;
        final int builderid;
        final int buildsetid;
        final int priority;
        final int submittedAt;

        @Nullable Integer results;

        Request(int id, int builderid, int buildsetid, int priority, int submittedAt) {
            this.id = id;
            this.builderid = builderid;
            this.buildsetid = buildsetid;
            this.priority = priority;
            this.submittedAt = submittedAt;
        }
    }

    static final class Buildset {
        final String properties;

        @Nullable Integer results;

        Buildset(String properties) {
            this.properties = properties;
        }
    }

    static final class SchedulerState {
        final int id;
        final String name;
        boolean enabled = true;
        /** Buildsets with a greater id were created after this scheduler was enabled. */
        int enabledSinceId;

        long term;

        @Nullable Integer masterid;

        long epoch;

        @Nullable String preferred;

        SchedulerState(int id, String name) {
            this.id = id;
            this.name = name;
            this.enabledSinceId = id;
        }
    }

    record Held(int brid, int masterid, long epoch, UUID attempt) {}

    /** A completion that was accepted, for the case that it is sent again. */
    record Finished(int brid, int masterid, long epoch, UUID attempt) {}

    /** A row of events; the attempt belongs to nobody if Quorate itself published it. */
    record Said(Batch batch, UUID attempt, long atEpochMillis) {}

    record Leader(long epoch, int masterid, UUID incarnation) {}

    record Occasion(String scheduler, String occasion) {}

    record TickState(long atEpochSecond, int buildsetid) {}

    /** Runs one transaction or one read; fails while the database is unreachable. */
    synchronized <T> T transaction(Supplier<T> work) {
        if (unreachable) {
            throw new DatabaseUnreachable("the test made the database unreachable", new java.io.IOException("test"));
        }
        AnswerLost lost = answerLost;
        answerLost = AnswerLost.NO;
        if (lost == AnswerLost.BEFORE_THE_COMMIT) {
            throw unknownOutcome();
        }
        T result = work.get();
        if (lost == AnswerLost.AFTER_THE_COMMIT) {
            throw unknownOutcome();
        }
        return result;
    }

    private static UnknownOutcome unknownOutcome() {
        return new UnknownOutcome("the test lost the answer to a COMMIT", new java.io.IOException("test"));
    }

    Master fence(Authority authority) {
        Master master = masters.get(authority.masterid());
        if (master == null || !master.isCurrent(authority)) {
            throw new Fenced(authority);
        }
        return master;
    }

    /** Releases everything that the master holds in any epoch. Returns how many claims it released. */
    int releaseAll(int masterid) {
        for (SchedulerState scheduler : schedulers.values()) {
            if (Objects.equals(scheduler.masterid, masterid)) {
                scheduler.masterid = null;
            }
        }
        List<Integer> held = claims.values().stream()
                .filter(claim -> claim.masterid() == masterid)
                .map(Held::brid)
                .toList();
        held.forEach(this::release);
        return (int) held.stream()
                .filter(brid -> Objects.requireNonNull(requests.get(brid)).results == null)
                .count();
    }

    /** Ends a claim. If an operator wants to cancel the buildrequest, it is not queued again. */
    void release(int brid) {
        claims.remove(brid);
        if (cancellations.remove(brid)) {
            Request request = Objects.requireNonNull(requests.get(brid));
            request.results = Results.CANCELLED;
            finish(Set.of(request.buildsetid));
        }
    }

    /** Returns the master whose current epoch owns the scheduler. */
    Optional<Master> ownerOf(SchedulerState scheduler) {
        return Optional.ofNullable(scheduler.masterid)
                .map(masters::get)
                .filter(master -> master.state == MasterRow.State.ACTIVE && master.epoch == scheduler.epoch);
    }

    /** Completes those of the buildsets whose buildrequests are all complete. Returns how many. */
    int finish(Set<Integer> buildsetids) {
        int count = 0;
        for (int id : buildsetids) {
            Buildset buildset = buildsets.get(id);
            List<Request> members = requests.values().stream()
                    .filter(request -> request.buildsetid == id)
                    .toList();
            if (buildset == null
                    || buildset.results != null
                    || members.isEmpty()
                    || members.stream().anyMatch(request -> request.results == null)) {
                continue;
            }
            boolean good = members.stream().allMatch(request -> isGood(request.results));
            buildset.results = good ? Results.SUCCESS : Results.FAILURE;
            count++;
        }
        return count;
    }

    static boolean isGood(@Nullable Integer results) {
        return results != null && (results == Results.SUCCESS || results == Results.WARNINGS);
    }

    int addBuildset(List<Integer> builderids, int priority, int submittedAt, String properties) {
        int buildsetid = nextId();
        buildsets.put(buildsetid, new Buildset(properties));
        for (int builderid : builderids) {
            int brid = nextId();
            requests.put(brid, new Request(brid, builderid, buildsetid, priority, submittedAt));
        }
        return buildsetid;
    }

    String builderName(int builderid) {
        return builders.entrySet().stream()
                .filter(entry -> entry.getValue() == builderid)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("no builder " + builderid));
    }

    int nextId() {
        return ++ids;
    }

    void publish(int masterid, UUID attempt, String events) {
        said.add(new Said(new Batch(masterid, ++seq, events), attempt, nowEpochMillis));
    }

    /** Returns the identity of this database. */
    public InMemoryIdentities identities() {
        return identities;
    }

    long issuedSeq() {
        return seq;
    }

    long newestSeq() {
        return said.stream().mapToLong(row -> row.batch().seq()).max().orElse(0);
    }

    void forgetOldEvents() {
        said.removeIf(row -> row.atEpochMillis() < nowEpochMillis - 3_600_000);
    }

    long nowEpochMillis() {
        return nowEpochMillis;
    }

    @Override
    public InMemoryMasters masters() {
        return new InMemoryMasters(this);
    }

    @Override
    public InMemoryClaims claims() {
        return new InMemoryClaims(this);
    }

    @Override
    public InMemorySchedulers schedulers() {
        return new InMemorySchedulers(this);
    }

    @Override
    public InMemoryEvents events() {
        return new InMemoryEvents(this);
    }

    /** Makes every port throw {@link DatabaseUnreachable}, or stops that. */
    public synchronized void makeUnreachable(boolean unreachable) {
        this.unreachable = unreachable;
    }

    /** Makes the next transaction end with {@link UnknownOutcome}, either committed or not. */
    public synchronized void loseNextAnswer(boolean committed) {
        answerLost = committed ? AnswerLost.AFTER_THE_COMMIT : AnswerLost.BEFORE_THE_COMMIT;
    }

    /** Removes this buildrequest's claim, as after a failover to a standby that had not received it. */
    public synchronized void loseClaim(int brid) {
        claims.remove(brid);
    }

    /**
     * Restores this buildrequest's claim, as after a failover to a standby that had received it and not the completion.
     */
    public synchronized void loseCompletion(int brid) {
        Finished lost = finished.stream()
                .filter(each -> each.brid() == brid)
                .findFirst()
                .orElseThrow();
        finished.remove(lost);
        Objects.requireNonNull(requests.get(brid)).results = null;
        claims.put(brid, new Held(brid, lost.masterid(), lost.epoch(), lost.attempt()));
    }

    /** Returns how many buildrequests are claimed. */
    public synchronized int claimed() {
        return claims.size();
    }

    /** Loses the events after this number, and issues their numbers again, as a restore does. */
    public synchronized void restoreEvents(long last) {
        said.removeIf(row -> row.batch().seq() > last);
        seq = last;
    }

    /** Advances the database's clock. */
    public synchronized void advance(Duration span) {
        nowEpochMillis += span.toMillis();
    }

    @Override
    public synchronized int builder(String name) {
        return builders.computeIfAbsent(name, made -> nextId());
    }

    @Override
    public synchronized List<Integer> submit(List<String> names, int priority, int submittedAt) {
        int buildsetid = addBuildset(names.stream().map(this::builder).toList(), priority, submittedAt, "{}");
        return requests.values().stream()
                .filter(request -> request.buildsetid == buildsetid)
                .sorted(Comparator.comparingInt(request -> request.id))
                .map(request -> request.id)
                .toList();
    }

    @Override
    public synchronized OptionalInt resultsOf(int brid) {
        Integer results = Objects.requireNonNull(requests.get(brid)).results;
        return results == null ? OptionalInt.empty() : OptionalInt.of(results);
    }

    @Override
    public synchronized OptionalInt resultsOfBuildsetOf(int brid) {
        int buildsetid = Objects.requireNonNull(requests.get(brid)).buildsetid;
        Integer results = Objects.requireNonNull(buildsets.get(buildsetid)).results;
        return results == null ? OptionalInt.empty() : OptionalInt.of(results);
    }

    @Override
    public synchronized OptionalLong clockAheadMillis(String master) {
        return masters.values().stream()
                .filter(row -> row.name.equals(master))
                .flatMap(row -> Optional.ofNullable(row.clock).stream())
                .mapToLong(clock -> clock.ahead().toMillis())
                .findFirst();
    }

    @Override
    public synchronized void requestRestart(String master) {
        masters.values().stream()
                .filter(row -> row.name.equals(master))
                .forEach(row -> restartRequested.add(row.epoch));
    }

    @Override
    public synchronized void drain(String master, boolean draining) {
        masters.values().stream().filter(row -> row.name.equals(master)).forEach(row -> row.draining = draining);
    }

    @Override
    public synchronized void askToCancel(int brid) {
        cancellations.add(brid);
    }

    @Override
    public synchronized void lock(int brid) {
        locked.add(brid);
    }

    @Override
    public synchronized void unlock() {
        locked.clear();
    }

    @Override
    public synchronized void enable(String scheduler, boolean enabled) {
        SchedulerState state = Objects.requireNonNull(schedulers.get(scheduler));
        state.enabledSinceId = enabled && !state.enabled ? nextId() : state.enabledSinceId;
        state.enabled = enabled;
    }

    @Override
    public synchronized void move(String scheduler, String master) {
        Objects.requireNonNull(schedulers.get(scheduler)).preferred = master;
    }

    @Override
    public synchronized void openSession(String master) {
        sessions.add(master);
    }

    @Override
    public synchronized void publish(String events) {
        publish(Batch.QUORATE, new UUID(0, 0), events);
    }

    @Override
    public synchronized void age(Duration span) {
        said.replaceAll(row -> new Said(row.batch(), row.attempt(), row.atEpochMillis() - span.toMillis()));
    }

    @Override
    public synchronized long nowEpochSecond() {
        return nowEpochMillis / 1_000;
    }

    @Override
    public void close() {}
}
