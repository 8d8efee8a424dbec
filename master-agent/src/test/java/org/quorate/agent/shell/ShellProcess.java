package org.quorate.agent.shell;

import picocli.CommandLine;

/** The program as a separate process, for tests that kill, stop and freeze it. */
final class ShellProcess {
    private ShellProcess() {}

    public static void main(String[] words) {
        System.exit(new CommandLine(new ShellBuildmaster()).execute(words));
    }
}
