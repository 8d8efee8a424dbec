package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.quorate.acceptance.Command;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.embedded.Ports;
import org.quorate.sql.Schema;
import org.quorate.testing.PgBouncer;

/**
 * The whole site of one run: both stores and four machines, all in one folder. The parts that it returns are
 * thread-safe.
 */
final class Cluster implements AutoCloseable {
    private static final List<Path> CLOCK_LIBRARIES = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
            Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"));
    private final String name;
    private final Path directory;
    private final Path home;
    private final Profile profile;
    private final Optional<Network> network;
    private final Postgres postgres;
    private final Optional<PgBouncer> pooler;
    private final Ensemble ensemble;
    private final List<Machine> machines = new ArrayList<>();
    private final Thread atExit = new Thread(this::end, "campaign-stop");

    private Cluster(String name, Path directory, Path home, Path agents, Profile profile)
            throws IOException, SQLException {
        this.name = name;
        this.directory = directory;
        this.home = home;
        this.profile = profile;
        this.network = profile.isInNamespaces() ? Optional.of(Network.create()) : Optional.empty();
        this.ensemble = Ensemble.start(directory, Command.programClassPath(home) + ":" + snappy(), network);
        this.postgres = Postgres.start(directory, profile);
        Runtime.getRuntime().addShutdownHook(atExit);
        EmbeddedPostgres server = postgres.primary();
        Files.writeString(passwordFile(), postgres.password());
        Files.setPosixFilePermissions(passwordFile(), PosixFilePermissions.fromString("rw-------"));
        Path deploy = home.getParent().getParent();
        makeTables(server, deploy, profile);
        if (profile.hasSmallDisk()) {
            postgres.moveHistory();
        }
        this.pooler = profile.hasPooler()
                ? Optional.of(PgBouncer.before(
                        server.port(), Postgres.ROLE, server.password(), "session", "default_pool_size = 100"))
                : Optional.empty();
        Machine.Site site = new Machine.Site(
                name,
                pooler.map(each -> each.jdbcUrl(Postgres.DATABASE)).orElseGet(() -> server.jdbcUrl(Postgres.DATABASE)),
                Postgres.ROLE,
                passwordFile(),
                ensemble.clientAddresses(),
                network,
                agents.resolve("bin/quorate-agent").toString(),
                deploy,
                profile);
        for (int i = 1; i <= Fault.MASTERS; i++) {
            machines.add(new Machine(
                    Fault.master(i),
                    directory,
                    site,
                    Ports.free(),
                    i == Fault.MASTERS && profile.canStepClocks() ? clockLibrary() : Optional.empty()));
        }
        if (profile.forks()) {
            leadToBoth();
        }
    }

    private void makeTables(EmbeddedPostgres server, Path deploy, Profile profile) throws IOException {
        Schema schema = Schema.of(server.jdbcUrl(Postgres.DATABASE), Postgres.ROLE, postgres.password());
        if (!profile.isOfBuildbot()) {
            schema.create(name, true);
            return;
        }
        String url = Buildbot.url(server.jdbcUrl(Postgres.DATABASE), Postgres.ROLE, postgres.password());
        Path first = directory.resolve("first");
        new Buildbot(deploy, "first", first, url, first.resolve("effects"), profile.seconds()).makeTables();
        schema.adopt(name, true);
    }

    /**
     * Starts the whole site, and returns when each master is active and its buildmaster is attached.
     *
     * @param home the distribution
     * @param agents the distribution whose agents are started: the same one, or a mutant of it
     */
    static Cluster start(Path directory, Path home, Path agents, Profile profile) {
        try {
            Cluster cluster =
                    new Cluster("campaign-" + ProcessHandle.current().pid(), directory, home, agents, profile);
            cluster.machines.forEach(Machine::start);
            if (!cluster.awaitServing(240)) {
                cluster.close();
                throw new IllegalStateException("not all masters came up within four minutes; look at " + directory);
            }
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException("the database's standby could not be made", e);
        }
    }

    /** Returns the library without which no ZooKeeper server starts; the programs, which are clients, lack it. */
    private static Path snappy() {
        try {
            return Path.of(Class.forName("org.xerial.snappy.SnappyInputStream")
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (ClassNotFoundException | URISyntaxException e) {
            throw new IllegalStateException("the tests' class path has no snappy-java", e);
        }
    }

    private static Optional<Path> clockLibrary() {
        return CLOCK_LIBRARIES.stream().filter(Files::exists).findFirst();
    }

    /** Returns whether each master is active and its buildmaster is attached to it. */
    boolean awaitServing(int seconds) {
        Ledger ledger = ledger();
        return Pause.until(
                () -> ledger.value("select count(distinct m.masterid) from quorate.master m"
                                + " join builder_masters b on b.masterid = m.masterid where m.state = 'active'")
                        .equals(String.valueOf(Fault.MASTERS)),
                seconds);
    }

    String name() {
        return name;
    }

    Path directory() {
        return directory;
    }

    Profile profile() {
        return profile;
    }

    List<Machine> machines() {
        return List.copyOf(machines);
    }

    Machine machine(String master) {
        return machines.stream()
                .filter(machine -> machine.name().equals(master))
                .findFirst()
                .orElseThrow();
    }

    Optional<Network> network() {
        return network;
    }

    Ensemble ensemble() {
        return ensemble;
    }

    Postgres postgres() {
        return postgres;
    }

    /** Returns the pooler between the machines' proxies and PostgreSQL. */
    PgBouncer pooler() {
        return pooler.orElseThrow();
    }

    public Ledger ledger() {
        return postgres.ledger(Duration.ofSeconds(60));
    }

    /** Promotes PostgreSQL's standby in place of the lost primary, and leads all clients to it. */
    void promoteStandby() throws IOException, SQLException {
        postgres.promote();
        machines.forEach(machine -> machine.postgres().lead(postgres.primary().port()));
        postgres.addStandby();
    }

    /** Deletes the former primary, and makes a standby in its place. Both hosts of the agents' URL lead on. */
    void replaceFormer() throws IOException, SQLException {
        postgres.deleteFormer();
        postgres.addStandby();
        leadToBoth();
    }

    private void leadToBoth() {
        machines.forEach(machine -> machine.lead(postgres.primary().port(), postgres.standbyPort()));
    }

    private Path passwordFile() {
        return directory.resolve("password");
    }

    /** Runs the command {@code quorate}, without any proxy in between. */
    Command.Result quorate(String... words) {
        List<String> all = new ArrayList<>(List.of(home.resolve("bin/quorate").toString()));
        all.addAll(List.of(words));
        return Command.runAt(
                directory,
                Map.of(
                        "QUORATE_CLUSTER", name,
                        "QUORATE_ZOOKEEPER", ensemble.connectString(),
                        "QUORATE_DATABASE_URL", postgres.primary().jdbcUrl(Postgres.DATABASE),
                        "QUORATE_DATABASE_USER", Postgres.ROLE,
                        "QUORATE_DATABASE_PASSWORD_FILE", passwordFile().toString()),
                all);
    }

    /** Undoes every fault. */
    void heal() {
        postgres.heal();
        pooler.ifPresent(each -> {
            Signal.send("CONT", List.of(each.pid()));
            each.startAgain();
        });
        ensemble.heal();
        network.ifPresent(own -> own.healAmong(ensemble.clientAddresses().stream()
                .map(InetSocketAddress::getHostString)
                .toList()));
        machines.forEach(Machine::heal);
    }

    private void end() {
        machines.forEach(Machine::close);
        ensemble.close();
        pooler.ifPresent(PgBouncer::close);
        postgres.close();
        network.ifPresent(Network::close);
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // the process is ending: this is the shutdown hook itself
        }
    }

    /** Deletes all files of the run; for runs in which nothing was found. */
    void discard() {
        try {
            Folder.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
