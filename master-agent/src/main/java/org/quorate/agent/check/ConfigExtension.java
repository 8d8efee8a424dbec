package org.quorate.agent.check;

import org.quorate.cli.Extension;

/** Brings {@code quorate config} to the command, which does not know the files of the other programs. */
public final class ConfigExtension implements Extension {
    @Override
    public Object command() {
        return new ConfigCommand();
    }
}
