package org.quorate.demo.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Command lines of the programs of this installation: with the launcher of the distribution, or with the class path of
 * this process.
 */
public record Programs(List<String> agent, List<String> command) {
    private static final List<String> SMALL = List.of(
            "-Xms16m",
            "-Xmx48m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "-Xshare:auto",
            "-Dslf4j.provider=ch.qos.logback.classic.spi.LogbackServiceProvider");

    public Programs {
        agent = List.copyOf(agent);
        command = List.copyOf(command);
    }

    /**
     * Looks for the programs.
     *
     * @param home the folder of the distribution; empty if there is none
     */
    public static Programs find(Optional<Path> home, Path javaHome, String classPath) {
        Optional<Path> launcher = home.map(folder -> folder.resolve("bin/quorate-agent"));
        if (launcher.isPresent()) {
            if (!Files.isExecutable(launcher.get())) {
                throw new DemoFailed(launcher.get() + " cannot be run: the distribution is not whole");
            }
            return new Programs(
                    List.of(launcher.get().toString()),
                    List.of(launcher.get().resolveSibling("quorate").toString()));
        }
        List<String> words =
                new ArrayList<>(List.of(javaHome.resolve("bin/java").toString()));
        words.addAll(SMALL);
        words.addAll(List.of("-cp", classPath));
        return new Programs(with(words, "org.quorate.agent.Main"), with(words, "org.quorate.cli.Main"));
    }

    List<String> agent(Path configuration) {
        return with(agent, "--config", configuration.toString());
    }

    List<String> shellBuildmaster(Path configuration) {
        return with(agent, "shell-buildmaster", "--config", configuration.toString());
    }

    /** Returns the command line of this demo with these arguments. */
    public List<String> demo(List<String> arguments) {
        return with(with(command, "demo"), arguments.toArray(String[]::new));
    }

    /** Returns what a person types for the operator's command. */
    public String quorate() {
        return command.size() == 1 ? command.get(0) : "quorate";
    }

    private static List<String> with(List<String> words, String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }
}
