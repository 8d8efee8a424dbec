package org.quorate.faults;

/**
 * One fault of a plan.
 *
 * @param atMillis when it begins, counted from the start of the run
 * @param victim the master or the ZooKeeper server that it hits, counted from 1
 * @param lastsMillis how long it lasts until it is undone
 * @param choice a number that decides all further choices
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

    /** Returns whether a cut network only stops, so that neither side notices; otherwise its connections end. */
    boolean isSilent() {
        return choice % 3 != 0;
    }
}
