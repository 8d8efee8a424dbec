package org.quorate.cli.connection;

import java.util.Optional;
import org.quorate.config.Secret;

/**
 * The cluster that a command is for, and how to reach its two stores.
 *
 * @param cluster the cluster that the database must belong to; empty: any
 * @param url the JDBC URL; empty: none was given
 * @param zookeeper the connect string; empty: ZooKeeper is not asked
 */
public record Target(
        Optional<String> cluster,
        Optional<String> url,
        Optional<String> user,
        Optional<Secret> password,
        Optional<String> zookeeper) {

    /** Returns the database's address without its parameters, which may be secret. */
    public String place() {
        String bare = url.orElse("").replaceFirst("^jdbc:", "");
        int question = bare.indexOf('?');
        return question < 0 ? bare : bare.substring(0, question);
    }

    public Target withCluster(String name) {
        return new Target(Optional.of(name), url, user, password, zookeeper);
    }
}
