package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.sql.Schema;
import org.quorate.zookeeper.EmbeddedZooKeeper;

/** One site under test: both stores, a schema, and the masters that a test starts. One thread. */
final class Site implements AutoCloseable {
    /**
     * A mark of this run alone: the processes of a master are found by names that contain it, and another run on this
     * machine has its own.
     */
    static final String CLUSTER = "site-" + ProcessHandle.current().pid();

    /**
     * System property that names the folder of another PostgreSQL than the shipped one; its programs are in
     * {@code bin}.
     */
    static final String INSTALLATION = "quorate.postgres";

    private final Path directory;
    private final EmbeddedPostgres postgres;
    private final int zooKeeperPort;
    private final Map<String, Master> masters = new ConcurrentSkipListMap<>();
    private final Duration sessionTimeout;
    private EmbeddedZooKeeper zooKeeper;

    private Site(Path directory, EmbeddedPostgres postgres, EmbeddedZooKeeper zooKeeper, Duration sessionTimeout) {
        this.directory = directory;
        this.sessionTimeout = sessionTimeout;
        this.postgres = postgres;
        this.zooKeeper = zooKeeper;
        this.zooKeeperPort = zooKeeper.port();
        // agents outlive the process that started them; a test run that is broken off must not leave any
        Runtime.getRuntime().addShutdownHook(new Thread(this::destroyMasters));
    }

    private void destroyMasters() {
        new ArrayList<>(masters.values()).forEach(Master::destroy);
    }

    /** Starts both stores, with a standalone schema for {@link #CLUSTER} and the default session timeout. */
    static Site open() {
        return open(Duration.ofSeconds(6));
    }

    /** Starts a site in which no master is failed over for slowness, however slow the machine is. */
    static Site patient() {
        return open(Duration.ofSeconds(30));
    }

    /** Starts a site in which an agent trusts itself for longer than a test keeps both stores away. */
    static Site enduring() {
        return open(Duration.ofSeconds(60));
    }

    private static Site open(Duration sessionTimeout) {
        Site site = empty(sessionTimeout);
        Schema.of(site.jdbcUrl(), site.user(), site.password()).create(CLUSTER, true);
        return site;
    }

    /** Starts a site on the tables of a real Buildbot, without anything of Quorate's. */
    static Site withStockBuildbot() {
        Site site = empty(Duration.ofSeconds(6));
        Buildbot.makeTables(site, site.directory.resolve("first"));
        return site;
    }

    /** Starts a site on the tables of a real Buildbot, to which Quorate's schema was added. */
    static Site withBuildbot() {
        Site site = withStockBuildbot();
        Schema.of(site.jdbcUrl(), site.user(), site.password()).adopt(CLUSTER, true);
        return site;
    }

    /** Does the same as {@link #withBuildbot}, with a session timeout that a busy machine keeps. */
    static Site withBuildbot(Duration sessionTimeout) {
        Site site = empty(sessionTimeout);
        Buildbot.makeTables(site, site.directory.resolve("first"));
        Schema.of(site.jdbcUrl(), site.user(), site.password()).adopt(CLUSTER, true);
        return site;
    }

    private static Site empty(Duration sessionTimeout) {
        try {
            // short, since the path of a Unix socket must fit into 108 bytes
            Path directory = Files.createTempDirectory("qs");
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .dataDirectory(directory.resolve("pg"))
                    .keepData(true)
                    .setting("fsync", "off");
            Optional.ofNullable(System.getProperty(INSTALLATION)).map(Path::of).ifPresent(builder::installation);
            EmbeddedPostgres postgres = builder.start();
            Path password = directory.resolve("password");
            Files.writeString(password, postgres.password());
            Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
            return new Site(directory, postgres, EmbeddedZooKeeper.start(directory.resolve("zk")), sessionTimeout);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the files of a master, but does not start it. */
    Master master(String name, Supervised buildmaster) {
        Master master = Master.at(directory.resolve(name), name, CLUSTER, this, buildmaster);
        masters.put(name, master);
        return master;
    }

    /** Starts masters of these names and waits until each is registered and its buildmaster is attached. */
    void startAll(Supervised buildmaster, String... names) {
        for (String name : names) {
            master(name, buildmaster).start();
        }
        for (String name : names) {
            awaitAttached(name);
        }
    }

    void awaitAttached(String name) {
        awaitTrue("select count(*) > 0 from quorate_v1.masters m join builder_masters b on b.masterid = m.masterid"
                + " where m.name = '" + name + "' and m.state = 'active'");
    }

    Path directory() {
        return directory;
    }

    Master of(String name) {
        return masters.get(name);
    }

    String jdbcUrl() {
        return postgres.jdbcUrl("postgres");
    }

    String user() {
        return postgres.user();
    }

    String password() {
        return postgres.password();
    }

    Path passwordFile() {
        return directory.resolve("password");
    }

    Duration sessionTimeout() {
        return sessionTimeout;
    }

    /** Returns how long the other masters wait for the preferred master of a scheduler. */
    Duration ownershipDelay() {
        return sessionTimeout.dividedBy(10);
    }

    String zooKeeperConnect() {
        return "127.0.0.1:" + zooKeeperPort;
    }

    /** Returns the variables with which the command {@code quorate} reaches this site. */
    Map<String, String> environment() {
        return Map.of(
                "QUORATE_CLUSTER", CLUSTER,
                "QUORATE_ZOOKEEPER", zooKeeperConnect(),
                "QUORATE_DATABASE_URL", jdbcUrl(),
                "QUORATE_DATABASE_USER", user(),
                "QUORATE_DATABASE_PASSWORD_FILE", passwordFile().toString());
    }

    EmbeddedPostgres postgres() {
        return postgres;
    }

    void stopZooKeeper() {
        zooKeeper.close();
    }

    void startZooKeeper() {
        zooKeeper = EmbeddedZooKeeper.start(directory.resolve("zk"), zooKeeperPort);
    }

    /** Returns one value, as text. */
    String query(String sql) {
        return database().query(sql);
    }

    private Database database() {
        return new Database(jdbcUrl(), user(), password());
    }

    /** Returns the time of the database's clock, the only clock by which anything is measured. */
    String clock() {
        return query("select clock_timestamp()");
    }

    void execute(String sql) {
        database().execute(sql);
    }

    int number(String sql) {
        return Integer.parseInt(query(sql));
    }

    void awaitTrue(String sql) {
        database().awaitTrue(sql);
    }

    /** Submits buildrequests and returns how many were submitted. */
    int submit(String builder, int count) {
        return number("select count(*) from quorate_v1.submit('" + builder + "', count => " + count + ")");
    }

    void awaitAllComplete() {
        awaitTrue("select not exists (select 1 from buildrequests where complete = 0)");
    }

    /** Waits until this master holds a claim. */
    void awaitHolding(String master) {
        awaitTrue("select exists (select 1 from quorate.claim c join quorate.master m using (masterid) where m.name = '"
                + master + "')");
    }

    /**
     * Disables the schedulers, waits until all work is complete, and checks the promises: nothing was lost or done
     * twice, everything succeeded, and the invariants hold.
     */
    void assertWhole(int submittedAtLeast) {
        query("select count(*) from (select quorate_v1.enable(name, false) from quorate_v1.schedulers) d");
        awaitAllComplete();
        assertThat(number("select count(*) from buildrequests where complete = 1 and results = 0"))
                .isGreaterThanOrEqualTo(submittedAtLeast)
                .isEqualTo(number("select count(*) from buildrequests"));
        assertThat(query("select count(*) from (select brid from quorate.history where kind = 'complete'"
                        + " group by brid having count(*) > 1) d"))
                .isEqualTo("0");
        assertThat(violations()).isEmpty();
    }

    /** Returns what {@code quorate verify} finds; empty if the invariants hold. */
    List<String> violations() {
        Command.Result result = Command.quorate(this, "verify", "-o", "json");
        return result.exit() == 0 ? List.of() : List.of("exit " + result.exit() + ": " + result.out() + result.err());
    }

    /**
     * Returns for each buildrequest how many of its builds ran to their end, from the notes of the builds themselves.
     */
    Map<Integer, Integer> finishedBuilds() {
        Map<Integer, Integer> finished = new LinkedHashMap<>();
        for (Master master : masters.values()) {
            master.finishedBuilds().forEach(brid -> finished.merge(brid, 1, Integer::sum));
        }
        return finished;
    }

    @Override
    public void close() {
        destroyMasters();
        zooKeeper.close();
        postgres.close();
        keepLogs(directory, masters);
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Copies the logs of the agents and their buildmasters to {@code target/acceptance}, for the search after a
     * failure.
     */
    static void keepLogs(Path directory, Map<String, Master> masters) {
        Path kept = Path.of("target", "acceptance", directory.getFileName().toString());
        try {
            Files.createDirectories(kept);
            for (Map.Entry<String, Master> master : masters.entrySet()) {
                for (Path log : master.getValue().logs()) {
                    if (Files.exists(log)) {
                        Files.copy(log, kept.resolve(master.getKey() + "-" + log.getFileName()));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
