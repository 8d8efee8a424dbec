package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quorate.acceptance.Master;
import org.quorate.testing.FaultProxy;

/**
 * One master: its agent, its buildmaster and its builds, and a network of its own between its agent and the stores.
 * Thread-safe, as long as one thread at a time starts its processes.
 */
final class Machine implements AutoCloseable {

    private final String name;
    private final Path directory;
    private final Optional<Network> network;
    private final Network.Node node;
    private final Path program;
    private final int httpPort;
    private final Optional<Path> clockLibrary;
    private final FaultProxy postgres;
    /** The second host of the database's URL. */
    private final Optional<FaultProxy> otherPostgres;

    private final List<FaultProxy> zookeeper;
    private final Master master;
    private volatile boolean wanted;
    private volatile int endedByThemselves;

    /**
     * What all machines of a site share.
     *
     * @param databaseUrl the URL of the server itself, or of the pooler before it
     * @param zookeeper the servers themselves
     * @param network in which each machine gets a node; empty: all are on the loopback interface
     * @param program the agent's launcher
     * @param deploy the folder of this module
     */
    record Site(
            String cluster,
            String databaseUrl,
            String user,
            Path passwordFile,
            List<InetSocketAddress> zookeeper,
            Optional<Network> network,
            String program,
            Path deploy,
            Profile profile) {
        Site {
            zookeeper = List.copyOf(zookeeper);
        }
    }

    /** @param clockLibrary the library that can step the clock of its processes */
    Machine(String name, Path directory, Site site, int httpPort, Optional<Path> clockLibrary) throws IOException {
        this.name = name;
        this.directory = directory.resolve(name);
        this.network = site.network();
        this.node = network.isPresent() ? network.get().add(name) : Network.LOOPBACK;
        this.httpPort = httpPort;
        this.clockLibrary = clockLibrary;
        this.postgres =
                new FaultProxy(site.databaseUrl(), network.map(Network::host).orElse(Network.LOOPBACK.address()));
        this.otherPostgres =
                site.profile().forks() ? Optional.of(new FaultProxy(site.databaseUrl())) : Optional.empty();
        this.zookeeper = network.isPresent()
                ? List.of()
                : site.zookeeper().stream()
                        .map(server -> FaultProxy.before(server.getPort()))
                        .toList();
        configure(site);
        this.program = launcher(site.program());
        this.master = Master.configured(this.directory, site.cluster(), name);
    }

    private void configure(Site site) {
        try {
            Files.createDirectories(directory);
            stepClock(Duration.ZERO);
            Files.writeString(
                    directory.resolve("agent.yaml"),
                    String.join(
                            "\n",
                            "cluster: " + site.cluster(),
                            "master: " + name,
                            "state_directory: " + directory.resolve("s"),
                            "zookeeper: {connect: \"" + zooKeeperConnect(site) + "\", session_timeout: 6s}",
                            "database: {url: \"" + databaseUrl() + "\", user: " + site.user() + ", password_file: "
                                    + site.passwordFile() + "}",
                            "timing: {grace: " + site.profile().grace() + ", poll: 2s}",
                            "ownership: {delay: 600ms, settle: 2s, moves_per_minute: 600}",
                            "http: {listen: \"" + httpAddress() + "\"}",
                            "buildmaster:",
                            String.join("\n", buildmaster(site)),
                            "  restart_delay: 500ms",
                            "  stop_deadline: 5s",
                            ""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String databaseUrl() {
        return otherPostgres
                .map(other -> postgres.url().replace(postgres.address(), postgres.address() + "," + other.address())
                        + "?targetServerType=primary")
                .orElseGet(postgres::url);
    }

    /** Directs the two hosts of the database's URL to these ports. Connections that exist remain. */
    void lead(int port, int otherPort) {
        postgres.lead(port);
        otherPostgres.ifPresent(other -> other.lead(otherPort));
    }

    /** Returns the address of the database, behind the proxies or without them. */
    private String zooKeeperConnect(Site site) {
        Stream<String> addresses = network.isPresent()
                ? site.zookeeper().stream().map(server -> server.getHostString() + ":" + server.getPort())
                : zookeeper.stream().map(FaultProxy::address);
        return addresses.collect(Collectors.joining(","));
    }

    /** Starts the program in this machine's network. */
    private Path launcher(String program) throws IOException {
        if (node.command().isEmpty()) {
            return Path.of(program);
        }
        Path script = directory.resolve("quorate-agent");
        Files.writeString(
                script, "#!/bin/sh\nexec " + String.join(" ", node.command()) + " \"" + program + "\" \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    private List<String> buildmaster(Site site) throws IOException {
        if (site.profile().isOfBuildbot()) {
            Buildbot buildbot = new Buildbot(
                    site.deploy(),
                    name,
                    directory.resolve("bb"),
                    Buildbot.url(postgres.url(), site.user(), Files.readString(site.passwordFile())),
                    effects(),
                    site.profile().seconds());
            buildbot.prepare();
            return buildbot.yaml();
        }
        Path configuration = directory.resolve("shell.yaml");
        Files.writeString(configuration, site.profile().shell(directory));
        return List.of(
                "  command: [\"" + site.program() + "\", shell-buildmaster, --config, \"" + configuration + "\"]",
                "  directory: " + directory);
    }

    String name() {
        return name;
    }

    /** Returns this machine's address in the network; without a network all machines have the same one. */
    String address() {
        return node.address();
    }

    /** Returns the address where its agent serves the metrics. */
    String httpAddress() {
        return address() + ":" + httpPort;
    }

    FaultProxy postgres() {
        return postgres;
    }

    List<FaultProxy> zookeeper() {
        return zookeeper;
    }

    Master processes() {
        return master;
    }

    /** Returns the file with the notes of its builds. */
    Path effects() {
        return Profile.effects(directory);
    }

    /** Returns the journal: the answers of its agent to its buildmaster. */
    Path journal() {
        return Profile.journal(directory);
    }

    Path log() {
        return master.log();
    }

    /** Returns whether its agent reports that it and its buildmaster are in service. */
    boolean isReady() {
        try {
            HttpURLConnection answer = (HttpURLConnection)
                    URI.create("http://" + httpAddress() + "/readyz").toURL().openConnection();
            answer.setConnectTimeout(500);
            answer.setReadTimeout(500);
            return answer.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException e) {
            return false;
        }
    }

    boolean canStepItsClock() {
        return clockLibrary.isPresent();
    }

    /** Sets the difference between the wall clock of its processes and that of this machine. */
    void stepClock(Duration step) {
        try {
            if (clockLibrary.isPresent()) {
                // an absolute time would stand still: the library takes it as the time at which the file was written
                Files.writeString(
                        directory.resolve("clock"),
                        step.isZero() ? "+0\n" : (step.isNegative() ? "" : "+") + step.toSeconds() + "\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized void start() {
        Map<String, String> environment = new HashMap<>();
        clockLibrary.ifPresent(library -> {
            environment.put("LD_PRELOAD", library.toString());
            environment.put(
                    "FAKETIME_TIMESTAMP_FILE", directory.resolve("clock").toString());
            environment.put("FAKETIME_CACHE_DURATION", "1");
            environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
            // without this setting every timed wait returns at once, and the machine is busy with that alone
            environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        });
        master.start(program.toString(), environment);
        wanted = true;
    }

    /** Kills the agent alone, as an intended end. */
    synchronized void killAgent() {
        wanted = false;
        master.killAgent();
    }

    synchronized void killMachine() {
        wanted = false;
        master.killMachine();
    }

    /** Starts an agent that ended by itself again, as systemd does. */
    synchronized void keepAlive() {
        if (wanted && !master.agent().isAlive()) {
            endedByThemselves++;
            start();
        }
    }

    int endedByThemselves() {
        return endedByThemselves;
    }

    /** Ends every fault of its network. */
    void healNetwork() {
        List<FaultProxy> all = new ArrayList<>(zookeeper);
        all.add(postgres);
        otherPostgres.ifPresent(all::add);
        all.forEach(proxy -> {
            proxy.refuse(false);
            proxy.standStill(false);
            proxy.hurry();
        });
        network.ifPresent(own -> own.heal(address()));
    }

    /** Restores the machine: it runs, and reaches both stores. */
    synchronized void heal() {
        healNetwork();
        stepClock(Duration.ZERO);
        master.thawAll();
        if (!master.agent().isAlive()) {
            start();
        }
    }

    @Override
    public void close() {
        wanted = false;
        master.destroy();
        postgres.close();
        otherPostgres.ifPresent(FaultProxy::close);
        zookeeper.forEach(FaultProxy::close);
    }
}
