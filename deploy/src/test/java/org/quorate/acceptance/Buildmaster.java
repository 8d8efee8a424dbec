package org.quorate.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The configuration of a shell buildmaster of a test. */
record Buildmaster(int slots, Map<String, String> builders, Map<String, String> schedulers) implements Supervised {
    Buildmaster {
        builders = new LinkedHashMap<>(builders);
        schedulers = new LinkedHashMap<>(schedulers);
    }

    /** The builders by name, each with the shell command of its builds. */
    static Buildmaster of(int slots, Map<String, String> builders) {
        return new Buildmaster(slots, builders, Map.of());
    }

    /** Adds schedulers by name; each value is the content of a YAML map. */
    Buildmaster with(Map<String, String> more) {
        return new Buildmaster(slots, builders, more);
    }

    @Override
    public void prepare(Path directory) {
        try {
            Files.writeString(
                    directory.resolve("shell.yaml"),
                    yaml(directory.resolve("builds").toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<String> command(Path directory) {
        return List.of(
                Command.program("quorate-agent"),
                "shell-buildmaster",
                "--config",
                directory.resolve("shell.yaml").toString());
    }

    @Override
    public Path workingDirectory(Path directory) {
        return directory;
    }

    @Override
    public Map<String, String> environment() {
        return Map.of();
    }

    @Override
    public Path log(Path directory) {
        return directory.resolve("s/buildmaster.log");
    }

    String yaml(String directory) {
        return "slots: " + slots + "\ndirectory: " + directory + "\nstop_deadline: 5s\nbuilders:\n"
                + builders.entrySet().stream()
                        .map(b -> "  " + b.getKey() + ": {command: [sh, -c, \"" + b.getValue() + "\"], slots: " + slots
                                + "}\n")
                        .collect(Collectors.joining())
                + (schedulers.isEmpty()
                        ? ""
                        : "schedulers:\n"
                                + schedulers.entrySet().stream()
                                        .map(s -> "  " + s.getKey() + ": {" + s.getValue() + "}\n")
                                        .collect(Collectors.joining()));
    }
}
