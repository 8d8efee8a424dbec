package org.quorate.agent.shell;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A builder whose builds are one command.
 *
 * @param slots builds at the same time
 * @param timeout after which a build is killed; empty: never
 */
record ShellBuilder(
        String name, List<String> command, int slots, Map<String, String> environment, Optional<Duration> timeout) {
    ShellBuilder {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }
}
