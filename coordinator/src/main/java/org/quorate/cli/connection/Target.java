package org.quorate.cli.connection;

import java.util.Optional;
import org.quorate.config.Secret;

/**
 * Which cluster a command is about and how to reach its two stores.
 *
 * @param cluster the name that the database must bear; empty: any
 * @param url a JDBC URL; empty: none was given
 * @param zookeeper a connect string; empty: ZooKeeper is not asked
 */
public record Target(
        Optional<String> cluster,
        Optional<String> url,
        Optional<String> user,
        Optional<Secret> password,
        Optional<String> zookeeper) {

    /** The database without what may be secret in its parameters. */
    public String place() {
        String bare = url.orElse("").replaceFirst("^jdbc:", "");
        int question = bare.indexOf('?');
        return question < 0 ? bare : bare.substring(0, question);
    }

    public Target withCluster(String name) {
        return new Target(Optional.of(name), url, user, password, zookeeper);
    }
}
