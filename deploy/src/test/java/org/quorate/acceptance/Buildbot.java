package org.quorate.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Scanner;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.quorate.embedded.Ports;

/**
 * A real Buildbot master of a test: Debian's package, the configuration of {@code src/test/buildbot}, local workers.
 */
final class Buildbot implements Supervised {
    private final String name;
    private final Site site;
    private final int workers;
    private final int port = freePorts();
    private final boolean hasPlugin;
    private final boolean timed;
    private final int builders;
    private Path directory = Path.of(".");
    private OptionalInt databasePort = OptionalInt.empty();
    private String addition = "";

    Buildbot(Site site, String name, int workers) {
        this(site, name, workers, true, true, 0);
    }

    /** Returns a buildmaster without anything of Quorate. It chooses its name in the cluster itself. */
    static Buildbot stock(Site site, String name, int workers) {
        return new Buildbot(site, name, workers, false, true, 0);
    }

    /**
     * Returns a buildmaster without timed schedulers, which builds only what is queued.
     *
     * @param builders the number of additional builders {@code quick-1}, {@code quick-2} and so on, whose builds do
     *     nothing
     */
    static Buildbot still(Site site, String name, int workers, boolean hasPlugin, int builders) {
        return new Buildbot(site, name, workers, hasPlugin, false, builders);
    }

    private Buildbot(Site site, String name, int workers, boolean hasPlugin, boolean timed, int builders) {
        this.builders = builders;
        this.hasPlugin = hasPlugin;
        this.timed = timed;
        this.site = site;
        this.name = name;
        this.workers = workers;
    }

    /** Creates Buildbot's tables in an empty database, as an administrator does. */
    static void makeTables(Site site, Path directory) {
        Buildbot first = new Buildbot(site, "first", 1);
        first.prepare(directory);
        Command.Result result = Command.runAt(
                first.workingDirectory(directory), first.environment(), BuildbotPrograms.upgradeMaster(Path.of("")));
        if (result.exit() != 0) {
            throw new IllegalStateException("buildbot upgrade-master: " + result.out() + result.err());
        }
    }

    @Override
    public void prepare(Path where) {
        directory = where.resolve("bb");
        try {
            Files.createDirectories(directory);
            for (String file : List.of("buildbot.tac", "master.cfg")) {
                Files.copy(Path.of("src/test/buildbot", file), directory.resolve(file));
            }
            Files.writeString(directory.resolve("more.py"), addition);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<String> command(Path where) {
        return BuildbotPrograms.twistd();
    }

    @Override
    public Path workingDirectory(Path where) {
        return where.resolve("bb");
    }

    @Override
    public Map<String, String> environment() {
        return Map.of(
                "TEST_NAME", name,
                "TEST_WORKERS", Integer.toString(workers),
                "TEST_PB", Integer.toString(port),
                "TEST_DB", databaseUrl(),
                "TEST_PLUGIN", hasPlugin ? "yes" : "no",
                "TEST_TIMED", timed ? "yes" : "no",
                "TEST_BUILDERS", Integer.toString(builders),
                "PYTHONPATH", Path.of("buildbot-plugin").toAbsolutePath().toString());
    }

    @Override
    public String masterName(Path where, String asked) {
        try {
            return hasPlugin
                    ? asked
                    : Files.readString(Path.of("/proc/sys/kernel/hostname")).strip() + ":" + where.resolve("bb");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<String> settings() {
        return hasPlugin ? List.of() : List.of("plugin: false", "wake_interval: 2s");
    }

    /** Returns the name that this master has in Buildbot's table. */
    String masterName() {
        return masterName(directory.getParent(), name);
    }

    /** Adds Python to the configuration, which may change {@code c}; call it before the master's files are made. */
    Buildbot with(String python) {
        addition = python;
        return this;
    }

    /** Connects to the database at this port from now on, as a pooler's; call it before the master's files are made. */
    Buildbot through(int poolerPort) {
        databasePort = OptionalInt.of(poolerPort);
        return this;
    }

    private String databaseUrl() {
        int port = databasePort.orElse(site.postgres().port());
        return site.jdbcUrl()
                .replace(":" + site.postgres().port() + "/", ":" + port + "/")
                .replaceFirst("jdbc:postgresql://", "postgresql://" + site.user() + ":" + site.password() + "@");
    }

    /** Returns the first of two consecutive free ports: one for workers, one for changes. */
    static int freePorts() {
        return Ports.free(2);
    }

    /** Runs {@code buildbot sendchange} of one file against this master. */
    void sendChange(String revision) {
        sendChange(revision, List.of("file.c"));
    }

    void sendChange(String revision, List<String> files) {
        List<String> command = new ArrayList<>(BuildbotPrograms.buildbot(
                "buildbot",
                "sendchange",
                "--master",
                "127.0.0.1:" + (port + 1),
                "--auth",
                "u:p",
                "--who",
                "me",
                "--branch",
                "main",
                "--repository",
                "r",
                "--revision",
                revision));
        command.addAll(files);
        Command.Result result = Command.runAt(directory, Map.of(), command);
        if (result.exit() != 0) {
            throw new IllegalStateException("buildbot sendchange: " + result.out() + result.err());
        }
    }

    /** A command of Buildbot's own in this master's directory, typed by a person: not in the agent's environment. */
    Command.Result types(String... words) {
        String[] all = Stream.concat(Stream.of(words), Stream.of(".")).toArray(String[]::new);
        return Command.runAt(directory, environment(), BuildbotPrograms.buildbot("buildbot", all));
    }

    /** Sends a request to this master's data API, as a click in the web pages does. Returns the answer. */
    String control(String action, String arguments, String... path) {
        String line = "[\"" + action + "\"," + arguments + ",[\"" + String.join("\",\"", path) + "\"]]\n";
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(directory.resolve("control.sock")));
            channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
            String answer = new Scanner(Channels.newReader(channel, StandardCharsets.UTF_8)).nextLine();
            if (!answer.startsWith("{\"ok\"")) {
                throw new IllegalStateException(line + answer);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Forces a build of each builder, and returns the last buildrequest. While the master reads its configuration again
     * it does not have the force scheduler; then nothing was forced, and the request is sent again.
     */
    int force(String... builders) {
        String arguments = "{\"builderNames\":[\"" + String.join("\",\"", builders) + "\"]}";
        AtomicReference<String> answer = new AtomicReference<>("");
        Patience.until(() -> {
            try {
                answer.set(control("force", arguments, "forceschedulers", "force"));
                return true;
            } catch (IllegalStateException e) {
                if (!String.valueOf(e.getMessage()).contains("has no attribute 'force'")) {
                    throw e;
                }
                return false;
            }
        });
        return Integer.parseInt(answer.get().replaceAll(".*: (\\d+)}]}$", "$1"));
    }

    /** Lets the reactor of this master stand still for this long, soon. */
    void stall(int seconds) {
        control("stall", "{\"seconds\":" + seconds + "}");
    }

    /** Lets the reactor of this master stand still for this long whenever it reads its configuration. */
    void stallsAtReconfig(int seconds) {
        try {
            Files.writeString(directory.resolve("stall-at-reconfig"), Integer.toString(seconds));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Path log(Path where) {
        return where.resolve("bb/twistd.log");
    }

    /** Returns the lines that the reporter of this master wrote. */
    Stream<String> reported() {
        try {
            return Files.readAllLines(directory.resolve("reported")).stream();
        } catch (NoSuchFileException e) {
            return Stream.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String log() {
        try {
            return Files.readString(directory.resolve("twistd.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
