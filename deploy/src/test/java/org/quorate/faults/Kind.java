package org.quorate.faults;

import java.util.List;
import java.util.Locale;

/** The kinds of faults, with the weight and the possible durations of each. */
enum Kind {
    FREEZE_AGENT(3, 1000, 3000, 9000, 15_000),
    FREEZE_BUILDMASTER(1.5, 1000, 3000, 9000, 15_000),
    FREEZE_MACHINE(3, 1000, 3000, 9000, 15_000),
    /** The duration is the time until the restart; the same holds for the next two kinds. */
    KILL_AGENT(2, 0, 2000, 10_000),
    KILL_BUILDMASTER(1.5, 0),
    KILL_MACHINE(2, 0, 2000, 10_000),
    CUT_FROM_ZOOKEEPER(3, 3000, 9000, 14_000),
    CUT_FROM_POSTGRES(2, 2000, 5000, 10_000),
    CUT_FROM_BOTH(2, 2000, 6000, 12_000),
    /**
     * One of three servers, so that the client has to find another. This kind and the next one exist only in a network
     * of namespaces.
     */
    CUT_FROM_ONE_ZOOKEEPER(2, 3000, 9000, 14_000),
    /** The packets that a master sends vanish and those to it arrive, or the other way round. */
    CUT_ONE_WAY(3, 3000, 9000, 14_000),
    /** The connections of one agent end just before a COMMIT reaches the server. */
    CUT_BEFORE_COMMIT(1.5, 1000, 2000),
    /** The server carries the COMMIT out, and the agent never receives the answer. */
    CUT_AFTER_COMMIT(3, 1000, 2000),
    DELAY(1.5, 4000, 8000),
    ZOOKEEPER_KILL(1, 0, 3000, 6000),
    ZOOKEEPER_FREEZE(1, 3000, 8000),
    ZOOKEEPER_FREEZE_LEADER(0.7, 3000, 8000),
    ZOOKEEPER_ROLLING_RESTART(0.5, 0),
    ZOOKEEPER_LOSE_QUORUM(0.5, 8000, 15_000),
    /** The other two servers do not reach the leader, but clients do. */
    ZOOKEEPER_PARTITION_LEADER(1.5, 3000, 8000, 14_000),
    /** Two of the three servers do not reach each other, but both reach the third. */
    ZOOKEEPER_PARTITION(1.5, 3000, 8000, 14_000),
    POSTGRES_CRASH(1, 0, 3000),
    POSTGRES_END_SESSIONS(1, 0),
    /** Only the process that accepts connections: sessions go on, and no new one begins. */
    POSTGRES_FREEZE_POSTMASTER(0.5, 5000),
    POSTGRES_FREEZE(0.5, 3000, 7000),
    /** The role of the agents and operators loses rights; the duration is the time until it has them again. */
    POSTGRES_REVOKE(1, 3000, 8000, 12_000),
    /** There is no room for the history, which every transaction of the protocol writes. */
    POSTGRES_DISK_FULL(1, 4000, 8000, 12_000),
    /** The primary is lost for ever while its standby lags; the duration is the time until the standby is promoted. */
    POSTGRES_FAILOVER(1, 0, 2000, 5000),
    /** The primary crashes, its lagging standby is promoted, and the former primary comes back beside it. */
    POSTGRES_FORK(1, 0, 2000, 5000),
    /** The connection pooler between the agents and PostgreSQL dies; the duration is the time until it runs again. */
    POOLER_KILL(2, 0, 2000, 5000),
    /** The same with its orderly end. */
    POOLER_STOP(2, 0, 2000),
    POOLER_FREEZE(1, 2000, 7000),
    LONG_TRANSACTION(0.7, 20_000),
    /** A session that somebody forgot holds the row of a buildrequest that is being built, or of its buildset. */
    FOREIGN_LOCK(1.5, 5000, 12_000, 20_000),
    /** Somebody deletes Buildbot's claims of buildrequests that are being built. */
    FOREIGN_DELETE(1, 0),
    /** Somebody starts a buildmaster without an agent under the name of a master whose agent lives. */
    SECOND_BUILDMASTER(1, 0),
    /** A buildset has properties that PostgreSQL's type jsonb refuses. */
    POISON_ROW(1, 0),
    DELETE_LATCH_NODE(0.7, 0),
    DELETE_MASTER_NODE(0.7, 0),
    FOREIGN_MASTER_NODE(0.5, 3000, 8000),
    CLOCK_STEP(0.7, 4000, 8000),
    DRAIN(1, 2000, 5000),
    MOVE(1, 0),
    CANCEL(2, 0),
    REPRIORITIZE(1, 0);

    private final double weight;
    private final List<Integer> millis;

    Kind(double weight, Integer... millis) {
        this.weight = weight;
        this.millis = List.of(millis);
    }

    double weight() {
        return weight;
    }

    /** Returns the possible durations, each as likely as the others. */
    List<Integer> millis() {
        return millis;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns whether this is an operator's command; commands are counted apart from faults. */
    boolean isCommand() {
        return compareTo(DRAIN) >= 0;
    }

    boolean isOfPostgres() {
        return name().startsWith("POSTGRES") || isOfPooler();
    }

    private boolean isOfPooler() {
        return name().startsWith("POOLER");
    }

    boolean isOfZooKeeper() {
        return name().startsWith("ZOOKEEPER");
    }

    /** Returns whether the other masters stop seeing this master if the fault lasts. */
    boolean endsTrust() {
        return switch (this) {
            case FREEZE_AGENT,
                    FREEZE_MACHINE,
                    KILL_AGENT,
                    KILL_MACHINE,
                    CUT_FROM_ZOOKEEPER,
                    CUT_FROM_BOTH,
                    CUT_FROM_ONE_ZOOKEEPER,
                    CUT_ONE_WAY,
                    DELETE_MASTER_NODE,
                    FOREIGN_MASTER_NODE -> true;
            default -> false;
        };
    }

    boolean isOfProcesses() {
        return compareTo(KILL_MACHINE) <= 0;
    }

    /** Returns whether the fault hits the connections of one master. */
    boolean isOfNetwork() {
        return compareTo(CUT_FROM_ZOOKEEPER) >= 0 && compareTo(DELAY) <= 0;
    }

    /** Returns the target of the fault. No two faults hit one target at the same time. */
    String target(int victim) {
        if (isOfProcesses()) {
            return "processes of " + Fault.master(victim);
        } else if (isOfNetwork()) {
            return "network of " + Fault.master(victim);
        } else if (isOfZooKeeper()) {
            return "zookeeper";
        } else if (isOfPostgres()) {
            return "postgres";
        }
        return switch (this) {
            case DRAIN, DELETE_MASTER_NODE, FOREIGN_MASTER_NODE, CLOCK_STEP, SECOND_BUILDMASTER ->
                word() + " of " + Fault.master(victim);
            default -> word();
        };
    }
}
