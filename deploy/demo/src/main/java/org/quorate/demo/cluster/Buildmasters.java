package org.quorate.demo.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.quorate.sql.Schema;

/** The kind of buildmaster of the demo's masters: everything in which the kinds differ. */
public interface Buildmasters {
    /** Returns the name of this kind in the summary. */
    String title();

    /** Creates Buildbot's tables and Quorate's schema in an empty database. */
    void makeSchema(Schema schema, Stores stores, Path directory);

    /** Writes the files that the buildmaster of this master needs below its folder. */
    Launch prepare(MasterFiles files, Stores stores);

    /** Returns the environment variables for the agents, which pass them to their buildmasters. */
    Map<String, String> environment();

    /** Returns how long nothing must happen before it is certain that disabled schedulers rest. */
    Duration silence();

    /** Returns what the builds themselves recorded. */
    Witness witness(List<MasterFiles> masters, Ledger ledger);

    /** The command line and the folder with which an agent starts a buildmaster. */
    record Launch(List<String> command, Path directory) {
        public Launch {
            command = List.copyOf(command);
        }
    }
}
