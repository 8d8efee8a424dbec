package org.quorate.zookeeper;

import java.util.List;
import java.util.Optional;

/** Where everything of one cluster lies in ZooKeeper. Below {@code root}, which is the same on all agents. */
record Paths(String root) {
    static Paths of(String cluster) {
        return new Paths("/quorate/" + NodeName.encode(cluster));
    }

    /** The cluster's uuid and the format of these nodes. */
    String cluster() {
        return root + "/cluster";
    }

    /** Written for nothing but the number of the write. */
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

    /** The scheduler whose ownership node this is; empty for any other path. */
    Optional<String> schedulerAt(String path) {
        return path.startsWith(schedulers() + "/")
                ? NodeName.decode(path.substring(schedulers().length() + 1))
                : Optional.empty();
    }

    /** Whether something that a rule looks at lies there. */
    boolean isWatched(String path) {
        return path.startsWith(masters()) || path.startsWith(schedulers()) || path.startsWith(leader());
    }

    /** The persistent nodes that all others hang below. */
    List<String> directories() {
        return List.of(masters(), schedulers(), leader());
    }
}
