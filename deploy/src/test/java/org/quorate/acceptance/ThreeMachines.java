package org.quorate.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.zookeeper.EmbeddedZooKeeper;

/**
 * The three machines of the guide in README.md, simulated on this one: empty stores, and for each machine a folder in
 * place of its {@code /etc/quorate} and {@code /var/lib/quorate}. Everything else is created by the guide's commands
 * and examples, with this machine's addresses and paths. One thread.
 */
final class ThreeMachines implements AutoCloseable {
    static final Path EXAMPLES = Path.of("examples");
    private static final String CLUSTER = "ci-" + ProcessHandle.current().pid();
    private static final String PASSWORD = "a new password";

    private final Path directory;
    private final EmbeddedPostgres postgres;
    private final EmbeddedZooKeeper zooKeeper;
    private final Map<String, Master> machines = new TreeMap<>();

    private ThreeMachines(Path directory) throws IOException {
        this.directory = directory;
        this.postgres = EmbeddedPostgres.builder()
                .dataDirectory(directory.resolve("pg"))
                .setting("fsync", "off")
                .start();
        this.zooKeeper = EmbeddedZooKeeper.start(directory.resolve("zk"));
        for (String name : List.of("m1", "m2", "m3")) {
            Path machine = Files.createDirectories(directory.resolve(name));
            // the package brings this file
            Files.copy(EXAMPLES.resolve("agent.yaml"), machine.resolve("agent.yaml"));
            machines.put(name, Master.configured(machine, CLUSTER, name));
        }
        Path operator = Files.createDirectories(directory.resolve("operator/quorate"));
        Files.copy(EXAMPLES.resolve("config.yaml"), operator.resolve("config.yaml"));
        adaptFiles();
        Runtime.getRuntime().addShutdownHook(new Thread(this::destroyMachines));
    }

    static ThreeMachines open() {
        try {
            return new ThreeMachines(Files.createTempDirectory("qg"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> names() {
        return List.copyOf(machines.keySet());
    }

    Master of(String name) {
        return machines.get(name);
    }

    /** Runs queries in the database that the guide creates, as the role that it creates. */
    Database database() {
        return new Database(postgres.jdbcUrl("quorate"), "quorate", PASSWORD);
    }

    /**
     * Runs a file for psql, statement by statement; for {@code \password} it sets the password that a person would
     * type.
     */
    void feed(Path script) {
        Database superuser = new Database(postgres.jdbcUrl("postgres"), postgres.user(), postgres.password());
        try {
            String text = String.join(
                    "\n",
                    Files.readAllLines(script).stream()
                            .map(line -> line.replaceFirst("--.*", ""))
                            .map(line -> line.replaceFirst(
                                    "^\\\\password (\\w+)$", "alter role $1 password '" + PASSWORD + "';"))
                            .toList());
            Arrays.stream(text.split(";"))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .forEach(superuser::execute);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command on this machine as root, as a person would type it. */
    Command.Result on(String name, String command) {
        String here = adapted(name, command).replaceAll("\\bsudo ", "").replace("-o root -g quorate ", "");
        Command.Result result = run("printf '%s\\n' '" + PASSWORD + "' | (" + here + ")");
        adaptFiles();
        return result;
    }

    /** Runs a command as an operator, who has the example's {@code ~/.config/quorate/config.yaml}. */
    Command.Result operator(String command) {
        boolean hasItsOwn = command.contains("--timeout");
        return run(
                hasItsOwn
                        ? command
                        : command.replaceFirst("^quorate ", "quorate " + String.join(" ", Command.PATIENT) + " "));
    }

    private Command.Result run(String command) {
        return Command.runAt(
                directory,
                Map.of("XDG_CONFIG_HOME", directory.resolve("operator").toString()),
                List.of("sh", "-eu", "-c", command));
    }

    private void adaptFiles() {
        List<Path> files = new ArrayList<>(List.of(directory.resolve("operator/quorate/config.yaml")));
        machines.keySet()
                .forEach(name -> files.addAll(List.of(
                        directory.resolve(name).resolve("agent.yaml"),
                        directory.resolve(name).resolve("shell.yaml"))));
        try {
            for (Path file : files) {
                if (Files.exists(file)) {
                    String name = file.getParent().getFileName().toString();
                    Files.writeString(file, adapted(machines.containsKey(name) ? name : "m1", Files.readString(file)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Replaces the guide's addresses and paths with those of this machine. A second call changes nothing. */
    private String adapted(String name, String text) {
        Path machine = directory.resolve(name);
        return text.replaceAll("(?m)^( *)cluster: ci$", "$1cluster: " + CLUSTER)
                .replace("m1:2181,m2:2181,m3:2181", zooKeeper.connectString())
                .replace("//db:5432/", "//127.0.0.1:" + postgres.port() + "/")
                .replace("127.0.0.1:8090", "127.0.0.1:0")
                .replace("$(hostname -s)", name)
                .replace("/etc/quorate", machine.toString())
                .replace("/var/lib/quorate", machine.resolve("s").toString())
                .replace(
                        "/usr/share/quorate",
                        Path.of(Command.program("quorate"))
                                .getParent()
                                .getParent()
                                .toString());
    }

    private void destroyMachines() {
        machines.values().forEach(Master::destroy);
    }

    @Override
    public void close() {
        destroyMachines();
        zooKeeper.close();
        postgres.close();
        Site.keepLogs(directory, machines);
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
