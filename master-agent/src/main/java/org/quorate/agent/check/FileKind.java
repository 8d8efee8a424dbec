package org.quorate.agent.check;

import java.util.Comparator;
import java.util.stream.Stream;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.shell.ShellKeys;
import org.quorate.cli.connection.ContextKeys;
import org.quorate.config.Keys;
import org.quorate.config.YamlFile;

/**
 * The program to which a configuration file belongs.
 *
 * @param consequence what follows from a mistake in such a file
 */
record FileKind(Keys keys, String consequence) {
    static final FileKind AGENT = new FileKind(AgentConfiguration.keys(), "an agent would not start with it");
    private static final FileKind SHELL_BUILDMASTER =
            new FileKind(ShellKeys.ALL, "a shell buildmaster would not start with it");
    private static final FileKind COMMAND = new FileKind(ContextKeys.ALL, "no command would use it");

    /**
     * Returns the kind that has the most keys in common with the root of the file, so that one mistyped key does not
     * change the result; the first kind if two have equally many. No two kinds have a key at the root in common.
     */
    static FileKind of(YamlFile file) {
        return Stream.of(AGENT, SHELL_BUILDMASTER, COMMAND)
                .max(Comparator.comparingLong(kind -> file.namesOf(kind.keys)))
                .orElse(AGENT);
    }
}
