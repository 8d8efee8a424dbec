package org.quorate.faults;

/**
 * One fault of a plan.
 *
 * @param atMillis when it begins, since the start of the run
 * @param victim the master, or the ZooKeeper server, that it is about; counted from 1
 * @param lastsMillis until it is undone
 * @param choice decides what else there is to decide
 */
record Fault(int number, long atMillis, Kind kind, int victim, long lastsMillis, int choice) {
    static final int MASTERS = 4;

    static String master(int victim) {
        return "m" + victim;
    }

    String master() {
        return master(victim);
    }

    String target() {
        return kind.target(victim);
    }

    /** Whether a cut network stands still, so that nobody is told, or ends its connections. */
    boolean isSilent() {
        return choice % 3 != 0;
    }
}
