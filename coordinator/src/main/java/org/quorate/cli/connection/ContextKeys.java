package org.quorate.cli.connection;

import java.util.Map;
import java.util.Optional;
import org.quorate.config.Guess;
import org.quorate.config.Key;
import org.quorate.config.Keys;
import org.quorate.config.Secret;
import org.quorate.config.Unreadable;
import org.quorate.config.Values;

/** The keys of the configuration file of {@code quorate}, which names clusters. */
public final class ContextKeys {
    static final Key<String> CLUSTER = Key.text("cluster")
            .optional()
            .describedAs("the cluster that the database must belong to; when left out, any");
    static final Key<String> ZOOKEEPER = Key.text("zookeeper")
            .optional()
            .describedAs("the ensemble's connect string; when left out, ZooKeeper is not asked");
    static final Key<String> URL = Key.scalar("database.url", "JDBC URL", ContextKeys::jdbc)
            .optional()
            .describedAs("Buildbot's database, `jdbc:postgresql://host/name`, without a password");
    static final Key<String> USER = Key.text("database.user").optional().describedAs("the database's user");
    static final Key<Secret> PASSWORD = Key.secretFile("database.password_file")
            .optional()
            .describedAs("a file that contains the password and nothing else, mode 0640 or stricter");

    static final Keys SECTION = Keys.of(CLUSTER, ZOOKEEPER, URL, USER, PASSWORD);
    static final Keys OVERRIDES = Keys.overridden("QUORATE_", CLUSTER, ZOOKEEPER, URL, USER, PASSWORD);

    static final Key<String> CURRENT =
            Key.text("current").optional().describedAs("the context that is used without `--context`");
    static final Key<Map<String, Values>> CONTEXTS = Key.namedSections("contexts", SECTION)
            .describedAs("the clusters, each under the name that `--context` takes");

    public static final Keys ALL = Keys.of(CURRENT, CONTEXTS).note(ContextKeys::noContext, CURRENT, CONTEXTS);

    private ContextKeys() {}

    private static Optional<String> noContext(Values values) {
        Map<String, Values> contexts = values.get(CONTEXTS);
        return values.find(CURRENT)
                .filter(name -> !contexts.containsKey(name))
                .map(name -> "names no context: " + Guess.among(name, contexts.keySet()));
    }

    private static String jdbc(String url) throws Unreadable {
        if (url.startsWith("jdbc:postgresql:")) {
            return url;
        }
        if (url.startsWith("postgresql://") && !url.contains("@")) {
            return "jdbc:" + url;
        }
        String mend =
                "is no database URL: write jdbc:postgresql://host:5432/name, and give the user and the password file"
                        + " separately";
        throw url.contains("@") ? Unreadable.concealing(mend) : new Unreadable(mend);
    }
}
