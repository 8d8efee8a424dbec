package org.quorate.agent.check;

import java.util.Comparator;
import java.util.stream.Stream;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.shell.ShellKeys;
import org.quorate.cli.connection.ContextKeys;
import org.quorate.config.Keys;
import org.quorate.config.YamlFile;

/**
 * Whose file it is.
 *
 * @param consequence what follows from a mistake in such a file
 */
record FileKind(Keys keys, String consequence) {
    static final FileKind AGENT = new FileKind(AgentConfiguration.keys(), "an agent would not start with it");
    private static final FileKind SHELL_BUILDMASTER =
            new FileKind(ShellKeys.ALL, "a shell buildmaster would not start with it");
    private static final FileKind COMMAND = new FileKind(ContextKeys.ALL, "no command would use it");

    /**
     * The kind of which the file has the most keys at its root, so that one mistyped key does not hide it; of two, the
     * first. The kinds have no such key in common.
     */
    static FileKind of(YamlFile file) {
        return Stream.of(AGENT, SHELL_BUILDMASTER, COMMAND)
                .max(Comparator.comparingLong(kind -> file.namesOf(kind.keys)))
                .orElse(AGENT);
    }
}
