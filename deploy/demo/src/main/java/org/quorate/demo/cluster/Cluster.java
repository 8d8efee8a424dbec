package org.quorate.demo.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.quorate.agent.supervision.MarkedProcesses;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.embedded.Ports;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresSchedulers;
import org.quorate.sql.Schema;
import org.quorate.zookeeper.EmbeddedZooKeeper;

/**
 * Both stores and all masters of one demo, in one directory. Closing it ends every process that it started, and leaves
 * logs and configurations. The shutdown hook may close it at any moment. Thread-safe in {@link #close} only.
 */
public final class Cluster implements AutoCloseable, Machines {
    private static final String DATABASE = "quorate";
    private static final String STOCK = "stock";

    private final Path directory;
    private final Buildmasters buildmasters;
    private final Guard guard;
    private final EmbeddedPostgres postgres;
    private final EmbeddedZooKeeper zookeeper;
    private final Stores stores;
    private final List<MasterProcess> masters;
    private final List<Integer> httpPorts;
    private boolean closed;

    /** Starts the stores and creates the schema; {@link #startMasters} starts the masters. */
    public Cluster(Path directory, int masterCount, Programs programs, Buildmasters buildmasters) {
        this.directory = directory;
        this.buildmasters = buildmasters;
        CompletableFuture<EmbeddedPostgres> starting =
                CompletableFuture.supplyAsync(() -> EmbeddedPostgres.builder().start());
        this.zookeeper = EmbeddedZooKeeper.start(directory.resolve("zookeeper"));
        this.postgres = starting.join();
        postgres.createDatabase(DATABASE);
        this.stores = new Stores(
                "demo-" + UUID.randomUUID().toString().substring(0, 8),
                zookeeper.connectString(),
                postgres.jdbcUrl(DATABASE),
                postgres.user(),
                directory.resolve("password"));
        writeContext();
        this.guard = Guard.over(stores.markEntry());
        buildmasters.makeSchema(Schema.of(postgres.dataSource(DATABASE)), stores, directory);
        this.httpPorts =
                IntStream.range(0, masterCount).map(i -> Ports.free()).boxed().toList();
        this.masters = IntStream.range(0, masterCount)
                .mapToObj(i -> master(i, programs))
                .toList();
    }

    private MasterProcess master(int index, Programs programs) {
        MasterFiles files = MasterFiles.in(directory, "m" + (index + 1));
        files.write(stores, buildmasters.prepare(files, stores), httpPorts.get(index));
        Map<String, String> environment = new HashMap<>(buildmasters.environment());
        environment.putAll(stores.mark());
        return new MasterProcess(files, stores.cluster(), programs.agent(files.agent()), environment);
    }

    public void startMasters() {
        masters.forEach(MasterProcess::start);
    }

    public Ledger ledger() {
        return Ledger.open(postgres.dataSource(DATABASE));
    }

    /** Shows what stock Buildbot does when a master is lost, on a database beside the cluster's own. */
    public Stock.Outcome stock(
            BuildbotMasters buildbot, LongSupplier nanoTime, CountDownLatch interrupted, Consumer<String> say) {
        postgres.createDatabase(STOCK);
        Stores its = new Stores(
                stores.cluster(), stores.zookeeper(), postgres.jdbcUrl(STOCK), stores.user(), stores.passwordFile());
        try (Ledger ledger = Ledger.open(postgres.dataSource(STOCK))) {
            return Stock.run(directory.resolve(STOCK), buildbot.stock(), its, ledger, nanoTime, interrupted, say);
        }
    }

    public Path contextFile() {
        return directory.resolve("quorate.yaml");
    }

    public Buildmasters buildmasters() {
        return buildmasters;
    }

    /** Returns what the builds of all masters recorded. */
    public Witness witness(Ledger ledger) {
        return buildmasters.witness(masters.stream().map(MasterProcess::files).toList(), ledger);
    }

    /** Returns a sentence about an agent that ended by itself; empty if all run. */
    public List<String> ended() {
        return masters.stream()
                .filter(master -> !master.isAlive())
                .map(master -> "the agent of " + master.name() + " ended; its last line: "
                        + lastLine(master.files().agentLog()))
                .toList();
    }

    private static String lastLine(Path log) {
        try {
            List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
            return lines.isEmpty() ? "none" : lines.get(lines.size() - 1);
        } catch (IOException e) {
            return "unreadable: " + e.getMessage();
        }
    }

    /** Returns the addresses of the metrics of those masters that answer. */
    public List<Integer> httpPorts() {
        return httpPorts;
    }

    @Override
    public int kill(String master) {
        return named(master).kill();
    }

    @Override
    public int freeze(String master) {
        return named(master).freeze();
    }

    @Override
    public void wake(String master) {
        named(master).wake();
    }

    @Override
    public void start(String master) {
        named(master).start();
    }

    @Override
    public Zombie.Attempts replay(Zombie zombie) {
        DatabaseSettings settings = new DatabaseSettings(
                stores.url(), stores.user(), postgres.password(), 1, Duration.ofSeconds(5), Duration.ofSeconds(6));
        try (PostgresDatabase database = PostgresDatabase.open(settings, "quorate-demo");
                Ledger ledger = ledger()) {
            return zombie.replay(new PostgresClaims(database), new PostgresSchedulers(database), ledger.now());
        }
    }

    private MasterProcess named(String master) {
        return masters.stream()
                .filter(process -> process.name().equals(master))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no master " + master));
    }

    private void writeContext() {
        try {
            Files.deleteIfExists(stores.passwordFile());
            Files.createFile(
                    stores.passwordFile(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(stores.passwordFile(), postgres.password() + "\n");
            Files.writeString(
                    contextFile(),
                    String.join(
                            "\n",
                            "# for: quorate --config " + contextFile() + " status",
                            "current: demo",
                            "contexts:",
                            "  demo:",
                            "    cluster: " + stores.cluster(),
                            "    zookeeper: " + stores.zookeeper(),
                            "    database:",
                            "      url: " + stores.url(),
                            "      user: " + stores.user(),
                            "      password_file: \"" + stores.passwordFile() + "\"",
                            ""));
        } catch (IOException e) {
            throw new UncheckedIOException("the context cannot be written to " + directory, e);
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        new MarkedProcesses(Set.of(stores.markEntry())).kill(Duration.ofSeconds(10));
        guard.close();
        zookeeper.close();
        postgres.close();
        Leftovers.delete(directory.resolve("zookeeper"));
        masters.forEach(master -> Leftovers.delete(master.files().state()));
        Leftovers.delete(stores.passwordFile());
        Leftovers.delete(contextFile());
    }
}
