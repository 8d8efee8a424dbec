package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.shell.Configuration.Scheduler;
import org.quorate.agent.shell.Mistakes.InvalidConfiguration;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/** Reads a shell buildmaster's configuration, whole, and tells every mistake at once. */
final class ConfigurationFile {
    private static final int MOST_SLOTS = 10_000;

    private final Mistakes mistakes = new Mistakes();

    private ConfigurationFile() {}

    static Configuration read(Path file) throws InvalidConfiguration {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new InvalidConfiguration(file.toString(), List.of("it cannot be read: " + e));
        }
    }

    static Configuration parse(String file, String yaml) throws InvalidConfiguration {
        ConfigurationFile reading = new ConfigurationFile();
        Configuration configuration =
                reading.configuration(new YamlMap("the file", compose(file, yaml), reading.mistakes));
        if (!reading.mistakes.isEmpty()) {
            throw new InvalidConfiguration(file, reading.mistakes.sentences());
        }
        return configuration;
    }

    private static Node compose(String file, String yaml) throws InvalidConfiguration {
        try {
            @Nullable Node node = new Yaml(new LoaderOptions()).compose(new StringReader(yaml));
            if (node == null) {
                throw new InvalidConfiguration(file, List.of("line 1: the file is empty"));
            }
            return node;
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw new InvalidConfiguration(file, List.of("line " + line + ": not YAML: " + e.getProblem()));
        } catch (YAMLException e) {
            throw new InvalidConfiguration(file, List.of("line 1: not YAML: " + e.getMessage()));
        }
    }

    private Configuration configuration(YamlMap file) {
        file.allow("name", "slots", "directory", "stop_deadline", "journal", "builders", "schedulers");
        file.require("builders");
        int slots = file.integer("slots", 1, 1, MOST_SLOTS);
        Map<String, ShellBuilder> builders = file.each("builders", "builder", (name, map) -> builder(name, map, slots));
        Map<String, YamlMap> schedulerMaps = file.each("schedulers", "scheduler", (name, map) -> map);
        Map<String, Scheduler> schedulers = new LinkedHashMap<>();
        schedulerMaps.forEach(
                (name, map) -> schedulers.put(name, scheduler(name, map, builders.keySet(), schedulerMaps.keySet())));
        schedulerMaps.forEach((name, map) -> refuseCircle(name, map, schedulers));
        return new Configuration(
                file.text("name").orElse("shell"),
                slots,
                Path.of(file.requiredText("directory")),
                file.duration("stop_deadline").orElse(Duration.ofSeconds(30)),
                file.text("journal").map(Path::of),
                builders,
                schedulers);
    }

    private static ShellBuilder builder(String name, YamlMap map, int allSlots) {
        map.allow("command", "slots", "environment", "timeout");
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")) {
            map.mistake("", "the name of " + map.what() + " becomes a directory: use letters, digits and _ . + -");
        }
        List<String> command = map.strings("command");
        if (command.isEmpty() || command.get(0).isBlank()) {
            map.mistake("command", map.what() + " needs a command, as [sh, -c, \"make\"]");
        }
        Map<String, String> environment = map.texts("environment");
        for (String variable : environment.keySet()) {
            if (!variable.matches("[A-Za-z_][A-Za-z0-9_]*") || variable.startsWith("QUORATE_")) {
                map.mistake(
                        "environment",
                        variable + " of " + map.what()
                                + " is no name for a variable: use letters, digits and _, not beginning with QUORATE_");
            }
        }
        Optional<Duration> timeout = map.duration("timeout");
        if (timeout.filter(Duration::isZero).isPresent()) {
            map.wrong("timeout", "more than zero");
        }
        return new ShellBuilder(name, command, map.integer("slots", allSlots, 1, MOST_SLOTS), environment, timeout);
    }

    private static Scheduler scheduler(String name, YamlMap map, Set<String> builders, Set<String> schedulers) {
        map.allow("kind", "every", "at", "upstream", "builders", "priority", "properties");
        String kind = map.requiredText("kind");
        String key = Map.of("periodic", "every", "nightly", "at", "dependent", "upstream")
                .getOrDefault(kind, "");
        if (map.has("kind") && key.isEmpty()) {
            map.mistake(
                    "kind",
                    map.what() + " has the unknown kind " + kind
                            + Mistakes.nearest(kind, List.of("periodic", "nightly", "dependent")));
        }
        for (String other : List.of("every", "at", "upstream")) {
            if (other.equals(key)) {
                map.require(key);
            } else if (!key.isEmpty() && map.has(other)) {
                map.mistake(other, other + " of " + map.what() + " is not for the kind " + kind + ", which has " + key);
            }
        }
        List<String> wanted = map.strings("builders");
        if (wanted.isEmpty()) {
            map.mistake("builders", map.what() + " needs builders, as [compile, test]");
        }
        wanted.stream()
                .filter(builder -> !builders.contains(builder))
                .forEach(builder -> map.mistake(
                        "builders",
                        map.what() + " names the unknown builder " + builder + Mistakes.nearest(builder, builders)));
        Optional<String> upstream = key.equals("upstream") ? map.text("upstream") : Optional.empty();
        upstream.filter(other -> !schedulers.contains(other))
                .ifPresent(other -> map.mistake(
                        "upstream",
                        map.what() + " names the unknown upstream " + other + Mistakes.nearest(other, schedulers)));
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        map.texts("properties").forEach(properties::put);
        return new Scheduler(
                name,
                kind,
                timetable(map, key),
                upstream,
                wanted,
                map.integer("priority", 0, Integer.MIN_VALUE, Integer.MAX_VALUE),
                properties.toString());
    }

    private static Optional<Timetable> timetable(YamlMap map, String key) {
        try {
            return switch (key) {
                case "every" -> map.duration("every").map(Timetable.Every::new);
                case "at" -> map.text("at").map(Cron::parse);
                default -> Optional.empty();
            };
        } catch (IllegalArgumentException e) {
            map.mistake(key, key + " of " + map.what() + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private static void refuseCircle(String name, YamlMap map, Map<String, Scheduler> all) {
        Optional<String> upstream = Optional.of(name);
        for (int steps = 0; steps <= all.size() && upstream.isPresent(); steps++) {
            upstream = Optional.ofNullable(all.get(upstream.get())).flatMap(Scheduler::upstream);
            if (upstream.equals(Optional.of(name))) {
                map.mistake("upstream", map.what() + " is upstream of itself");
                return;
            }
        }
    }
}
