package org.quorate.agent.shell;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.quorate.config.Secret;
import org.quorate.config.Values;

/**
 * A builder whose builds are one command.
 *
 * @param slots builds at the same time
 * @param timeout how long a build may run before it is killed; empty: unlimited
 */
record ShellBuilder(
        String name, List<String> command, int slots, Map<String, String> environment, Optional<Duration> timeout) {
    ShellBuilder {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /** {@code slots}: the number of slots if the file does not give one for this builder. */
    static ShellBuilder of(String name, Values values, int slots) {
        return new ShellBuilder(
                name,
                values.get(ShellKeys.COMMAND),
                values.find(ShellKeys.BUILDER_SLOTS).orElse(slots),
                Secret.revealed(values.get(ShellKeys.ENVIRONMENT)),
                values.find(ShellKeys.TIMEOUT));
    }
}
