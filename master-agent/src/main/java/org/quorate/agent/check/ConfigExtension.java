package org.quorate.agent.check;

import org.quorate.cli.Extension;

/** Adds {@code quorate config} to the command {@code quorate}, which does not know the files of the other programs. */
public final class ConfigExtension implements Extension {
    @Override
    public Object command() {
        return new ConfigCommand();
    }
}
