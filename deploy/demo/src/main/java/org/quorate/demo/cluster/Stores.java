package org.quorate.demo.cluster;

import java.nio.file.Path;
import java.util.Map;

/** The addresses of the demo's two stores, and the name of the cluster that they belong to. */
record Stores(String cluster, String zookeeper, String url, String user, Path passwordFile) {
    private static final String MARK = "QUORATE_DEMO";

    /** The variable that every process of this demo carries, and no other process. */
    Map<String, String> mark() {
        return Map.of(MARK, cluster);
    }

    /** Returns the variable with its value, as it stands in an environment. */
    String markEntry() {
        return MARK + "=" + cluster;
    }
}
