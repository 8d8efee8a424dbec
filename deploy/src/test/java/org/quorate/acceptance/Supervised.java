package org.quorate.acceptance;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The kind of buildmaster that an agent of a test starts. Its paths follow from the master's directory. */
interface Supervised {
    /** Writes its files. */
    void prepare(Path directory);

    List<String> command(Path directory);

    Path workingDirectory(Path directory);

    Map<String, String> environment();

    /** Returns the master's name, if the test cannot choose it. */
    default String masterName(Path directory, String asked) {
        return asked;
    }

    /** Returns further keys of {@code buildmaster} in the agent's configuration, each as a line of YAML. */
    default List<String> settings() {
        return List.of();
    }

    /** Returns its log file, which is kept for the search after a failure. */
    Path log(Path directory);
}
