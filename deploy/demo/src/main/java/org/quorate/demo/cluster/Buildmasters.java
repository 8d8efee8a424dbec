package org.quorate.demo.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.quorate.sql.Schema;

/** Which kind of buildmaster the demo's masters are: all in which the kinds differ. */
public interface Buildmasters {
    /** What the summary calls them. */
    String title();

    /** Makes Buildbot's tables and Quorate's schema in an empty database. */
    void makeSchema(Schema schema, Stores stores, Path directory);

    /** Writes what the buildmaster of this master needs below its folder. */
    Launch prepare(MasterFiles files, Stores stores);

    /** For the agents, and by them for their buildmasters. */
    Map<String, String> environment();

    /** For how long nothing may happen before it is sure that disabled schedulers rest. */
    Duration silence();

    /** What really ran. */
    Witness witness(List<MasterFiles> masters, Ledger ledger);

    /** How an agent starts a buildmaster. */
    record Launch(List<String> command, Path directory) {
        public Launch {
            command = List.copyOf(command);
        }
    }
}
