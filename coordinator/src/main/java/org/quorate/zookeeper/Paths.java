package org.quorate.zookeeper;

import java.util.List;
import java.util.Optional;

/** The paths of one cluster in ZooKeeper, all below {@code root}, which is the same on all agents. */
record Paths(String root) {
    static Paths of(String cluster) {
        return of("", cluster);
    }

    /** Returns the paths below a chroot, which is empty or begins with a slash. */
    static Paths of(String chroot, String cluster) {
        return new Paths(chroot + "/quorate/" + NodeName.encode(cluster));
    }

    /** Holds the identities of the cluster and of its stores, and the format of these nodes. */
    String cluster() {
        return root + "/cluster";
    }

    /** Written only for the number of the write. */
    String epoch() {
        return root + "/epoch";
    }

    String masters() {
        return root + "/masters";
    }

    String master(String name) {
        return masters() + "/" + NodeName.encode(name);
    }

    String schedulers() {
        return root + "/schedulers";
    }

    String scheduler(String name) {
        return schedulers() + "/" + NodeName.encode(name);
    }

    String leader() {
        return root + "/leader";
    }

    /** Returns the scheduler to which this ownership node belongs; empty for any other path. */
    Optional<String> schedulerAt(String path) {
        return path.startsWith(schedulers() + "/")
                ? NodeName.decode(path.substring(schedulers().length() + 1))
                : Optional.empty();
    }

    /** Returns whether the path holds something that a rule reads. */
    boolean isWatched(String path) {
        return path.startsWith(masters())
                || path.startsWith(schedulers())
                || path.startsWith(leader())
                || path.equals(cluster());
    }

    /** Returns whether this persistent node, or one above it, is made again when somebody deletes it. */
    boolean isKept(String path) {
        return masters().startsWith(path + "/") || directories().contains(path);
    }

    /** Returns the persistent nodes above all others. */
    List<String> directories() {
        return List.of(masters(), schedulers(), leader());
    }
}
