package org.quorate.agent.config;

import org.quorate.cli.Extension;

/** Brings {@code quorate config} to the command, which does not know the agent's file. */
public final class ConfigExtension implements Extension {
    @Override
    public Object command() {
        return new ConfigCommand();
    }
}
