package org.quorate.acceptance;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The kind of buildmaster that an agent of a test starts; paths follow from the master's directory. */
interface Supervised {
    /** Lays down its files. */
    void prepare(Path directory);

    List<String> command(Path directory);

    Path workingDirectory(Path directory);

    Map<String, String> environment();

    /** The master's name, where it is not for the test to choose. */
    default String masterName(Path directory, String asked) {
        return asked;
    }

    /** Further keys of {@code buildmaster} in the agent's configuration, each as a line of YAML. */
    default List<String> settings() {
        return List.of();
    }

    /** What it says of itself, kept for whoever looks into a failure. */
    Path log(Path directory);
}
