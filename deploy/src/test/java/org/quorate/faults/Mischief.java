package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/** Does each kind of fault to a cluster, and undoes it. Thread-safe for faults of different targets. */
final class Mischief implements Nemesis.Deeds {
    private static final String POISON = """
            do $$
            declare
              made integer := (select min(brid) from quorate_v1.submit('blink') as m(brid));
            begin
              insert into buildset_properties (buildsetid, property_name, property_value)
              select r.buildsetid, v.name, v.value
                from buildrequests r, (values ('limit', '[Infinity, "campaign"]'),
                                              ('path', '["\\u0000\\ud800", "campaign"]')) as v(name, value)
               where r.id = made;
            end $$
            """;

    private final Cluster cluster;
    private final Zombies zombies;
    private final Operator operator;
    private final SecondBuildmaster second;
    private final Fork fork;
    private final NetworkFaults network;
    private final Map<Integer, AutoCloseable> open = new ConcurrentHashMap<>();

    Mischief(Cluster cluster, Zombies zombies, Operator operator, SecondBuildmaster second, Fork fork) {
        this.cluster = cluster;
        this.zombies = zombies;
        this.operator = operator;
        this.second = second;
        this.fork = fork;
        this.network = new NetworkFaults(cluster);
    }

    private Machine machine(Fault fault) {
        return cluster.machine(fault.master());
    }

    @Override
    public void begin(Fault fault) {
        if (fault.kind().isOfProcesses() || fault.kind().isOfNetwork()) {
            zombies.remember(fault);
        }
        switch (fault.kind()) {
            case FREEZE_AGENT -> machine(fault).processes().freezeAgent();
            case FREEZE_BUILDMASTER -> machine(fault).processes().signalBuildmaster("STOP");
            case FREEZE_MACHINE -> machine(fault).processes().freezeAll();
            case KILL_AGENT -> {
                if (!cluster.profile().isHarmful()) {
                    awaitReady(machine(fault));
                }
                machine(fault).killAgent();
            }
            case KILL_BUILDMASTER -> machine(fault).processes().signalBuildmaster("KILL");
            case KILL_MACHINE -> machine(fault).killMachine();
            case CUT_FROM_ZOOKEEPER,
                    CUT_FROM_POSTGRES,
                    CUT_FROM_BOTH,
                    CUT_FROM_ONE_ZOOKEEPER,
                    CUT_ONE_WAY,
                    CUT_BEFORE_COMMIT,
                    CUT_AFTER_COMMIT,
                    DELAY,
                    ZOOKEEPER_PARTITION_LEADER,
                    ZOOKEEPER_PARTITION -> network.begin(fault);
            case ZOOKEEPER_KILL -> cluster.ensemble().kill(fault.victim());
            case ZOOKEEPER_FREEZE -> cluster.ensemble().signal(fault.victim(), "STOP");
            case ZOOKEEPER_FREEZE_LEADER ->
                cluster.ensemble().signal(cluster.ensemble().leaderNow(), "STOP");
            case ZOOKEEPER_ROLLING_RESTART ->
                IntStream.rangeClosed(1, Ensemble.SERVERS).forEach(this::restartZooKeeper);
            case ZOOKEEPER_LOSE_QUORUM ->
                IntStream.rangeClosed(1, Ensemble.SERVERS)
                        .filter(server -> server != fault.victim())
                        .forEach(cluster.ensemble()::kill);
            case POSTGRES_CRASH -> cluster.postgres().primary().kill();
            case POSTGRES_END_SESSIONS -> sql(Postgres.END_SESSIONS);
            case POSTGRES_FREEZE_POSTMASTER -> cluster.postgres().signal("STOP", false);
            case POSTGRES_FREEZE -> cluster.postgres().signal("STOP", true);
            case POSTGRES_REVOKE -> revoke(fault);
            case POSTGRES_DISK_FULL -> cluster.postgres().disk().fill();
            case POSTGRES_FAILOVER -> losePostgres(fault);
            case POSTGRES_FORK -> fork.begin(fault);
            case POOLER_KILL -> cluster.pooler().kill();
            case POOLER_STOP -> cluster.pooler().stop();
            case POOLER_FREEZE -> Signal.send("STOP", List.of(cluster.pooler().pid()));
            case LONG_TRANSACTION -> holdSnapshot(fault);
            case FOREIGN_LOCK -> holdRow(fault);
            case FOREIGN_DELETE -> deleteClaims();
            case SECOND_BUILDMASTER -> second.start(fault);
            case POISON_ROW -> sql(POISON);
            case DELETE_LATCH_NODE -> deleteLatchNodes();
            case DELETE_MASTER_NODE -> withZooKeeper(zooKeeper -> delete(zooKeeper, masterNode(fault)));
            case FOREIGN_MASTER_NODE -> takeMasterNode(fault);
            case CLOCK_STEP -> stepClock(fault);
            case DRAIN -> operator.drain(fault.master());
            case MOVE -> operator.move(fault);
            case CANCEL -> operator.cancel(fault);
            case REPRIORITIZE -> operator.reprioritize(fault);
        }
    }

    @Override
    public void end(Fault fault) {
        switch (fault.kind()) {
            case FREEZE_AGENT -> machine(fault).processes().thawAgent();
            case FREEZE_BUILDMASTER -> machine(fault).processes().signalBuildmaster("CONT");
            case FREEZE_MACHINE -> machine(fault).processes().thawAll();
            case KILL_AGENT, KILL_MACHINE -> machine(fault).start();
            case CUT_FROM_ZOOKEEPER,
                    CUT_FROM_POSTGRES,
                    CUT_FROM_BOTH,
                    CUT_FROM_ONE_ZOOKEEPER,
                    CUT_ONE_WAY,
                    DELAY,
                    ZOOKEEPER_PARTITION_LEADER,
                    ZOOKEEPER_PARTITION -> network.end(fault);
            case ZOOKEEPER_KILL -> cluster.ensemble().startAgain(fault.victim());
            case ZOOKEEPER_FREEZE, ZOOKEEPER_FREEZE_LEADER, ZOOKEEPER_LOSE_QUORUM ->
                cluster.ensemble().heal();
            case POSTGRES_CRASH -> cluster.postgres().primary().restart();
            case POSTGRES_FREEZE_POSTMASTER, POSTGRES_FREEZE ->
                cluster.postgres().signal("CONT", true);
            case POSTGRES_REVOKE -> cluster.postgres().grant();
            case POSTGRES_DISK_FULL -> cluster.postgres().disk().free();
            case POSTGRES_FAILOVER -> promoteStandby();
            case POSTGRES_FORK -> fork.end(fault);
            case POOLER_KILL, POOLER_STOP -> cluster.pooler().startAgain();
            case POOLER_FREEZE -> Signal.send("CONT", List.of(cluster.pooler().pid()));
            case LONG_TRANSACTION, FOREIGN_LOCK, FOREIGN_MASTER_NODE -> close(fault);
            case CLOCK_STEP -> machine(fault).stepClock(Duration.ZERO);
            case DRAIN -> operator.undrain(fault.master());
            default -> {
                // this fault was over as soon as it was done
            }
        }
        zombies.replay(fault);
    }

    /** The profile tests restarts within the grace, not how many kills add up to an absence that is longer. */
    private static void awaitReady(Machine machine) {
        if (!Pause.until(machine::isReady, 30)) {
            throw new Nemesis.Impossible("its agent is not back yet");
        }
    }

    private void restartZooKeeper(int server) {
        cluster.ensemble().startAgain(server);
        Pause.until(() -> cluster.ensemble().isServing(server), 20);
    }

    private void sql(String statement) {
        try {
            cluster.ledger().once(statement);
        } catch (SQLException e) {
            throw new Nemesis.Impossible("the database answers: " + e.getMessage());
        }
    }

    private void revoke(Fault fault) {
        try {
            cluster.postgres().revoke(fault.choice());
        } catch (SQLException e) {
            cluster.postgres().grant();
            throw new Nemesis.Impossible("the database is away");
        }
    }

    private void losePostgres(Fault fault) {
        try {
            cluster.postgres().lose(Duration.ofMillis(100 + fault.choice()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void promoteStandby() {
        try {
            cluster.promoteStandby();
        } catch (IOException | SQLException e) {
            throw new IllegalStateException("the standby did not take over", e);
        }
    }

    private void holdSnapshot(Fault fault) {
        try {
            Connection connection = cluster.ledger().connect();
            open.put(fault.number(), connection);
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (Statement statement = connection.createStatement()) {
                statement.execute("select count(*) from buildrequests");
            }
        } catch (SQLException e) {
            throw new Nemesis.Impossible("the database is away");
        }
    }

    private void holdRow(Fault fault) {
        String running =
                " where r.id = (select brid from quorate.claim order by brid % 7, brid limit 1) for update of ";
        try {
            Connection connection = cluster.ledger().connect();
            open.put(fault.number(), connection);
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        fault.choice() % 2 == 0
                                ? "select 1 from buildrequests r" + running + "r"
                                : "select 1 from buildsets s join buildrequests r on r.buildsetid = s.id" + running
                                        + "s");
            }
        } catch (SQLException e) {
            throw new Nemesis.Impossible("the database is away");
        }
    }

    private void deleteClaims() {
        try {
            cluster.ledger()
                    .once("delete from buildrequest_claims where brid in (select brid from quorate.claim limit 3)");
        } catch (SQLException e) {
            // the guard refuses it where the master lives
            if (!String.valueOf(e.getSQLState()).startsWith("QF")) {
                throw new Nemesis.Impossible("the database is away");
            }
        }
    }

    private void close(Fault fault) {
        AutoCloseable held = open.remove(fault.number());
        try {
            if (held != null) {
                held.close();
            }
        } catch (Exception e) {
            return; // a crash of the server ended the session before
        }
    }

    private void stepClock(Fault fault) {
        if (!machine(fault).canStepItsClock()) {
            throw new Nemesis.Impossible("this clock cannot be stepped: Debian's package faketime is not "
                    + "installed, or Python would not bear it");
        }
        machine(fault).stepClock(Duration.ofHours(fault.choice() % 2 == 0 ? 1 : -1));
    }

    private String root() {
        return "/quorate/" + cluster.name();
    }

    private String masterNode(Fault fault) {
        return root() + "/masters/" + fault.master();
    }

    /** Requests that are sent in a session of the nemesis's own. */
    private interface Intrusion {
        void into(ZooKeeper zooKeeper) throws KeeperException, InterruptedException;
    }

    private void withZooKeeper(Intrusion intrusion) {
        try {
            ZooKeeper zooKeeper = session();
            try {
                intrusion.into(zooKeeper);
            } finally {
                zooKeeper.close();
            }
        } catch (KeeperException e) {
            throw new Nemesis.Impossible("ZooKeeper: " + e.code());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ZooKeeper session() throws InterruptedException {
        try {
            ZooKeeper zooKeeper = new ZooKeeper(cluster.ensemble().connectString(), 6000, event -> {});
            if (!Pause.until(() -> zooKeeper.getState().isConnected(), 5)) {
                zooKeeper.close();
                throw new Nemesis.Impossible("ZooKeeper is away");
            }
            return zooKeeper;
        } catch (IOException e) {
            throw new Nemesis.Impossible("ZooKeeper: " + e);
        }
    }

    private void deleteLatchNodes() {
        withZooKeeper(zooKeeper -> {
            // the first node in the queue is that of the leader
            List<String> latches = zooKeeper.getChildren(root() + "/leader", false);
            latches.stream()
                    .min((a, b) -> a.substring(a.lastIndexOf('-')).compareTo(b.substring(b.lastIndexOf('-'))))
                    .ifPresent(latch -> deleteQuietly(zooKeeper, root() + "/leader/" + latch));
        });
    }

    private static void deleteQuietly(ZooKeeper zooKeeper, String path) {
        try {
            delete(zooKeeper, path);
        } catch (KeeperException e) {
            throw new Nemesis.Impossible("ZooKeeper: " + e.code());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(ZooKeeper zooKeeper, String path) throws KeeperException, InterruptedException {
        try {
            zooKeeper.delete(path, -1);
        } catch (KeeperException.NoNodeException e) {
            throw new Nemesis.Impossible("there is no node to delete");
        }
    }

    /** Keeps a foreign node under the master's name as long as the fault lasts. Its content may be anything. */
    private void takeMasterNode(Fault fault) {
        withZooKeeper(zooKeeper -> delete(zooKeeper, masterNode(fault)));
        try {
            ZooKeeper stranger = session();
            open.put(fault.number(), stranger);
            byte[] content = fault.isSilent()
                    ? ("{\"name\":\"" + fault.master() + "\",\"incarnation\":\"00000000-0000-0000-0000-000000000000\"}")
                            .getBytes(StandardCharsets.UTF_8)
                    : new byte[] {0, -1, 17};
            stranger.create(masterNode(fault), content, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        } catch (KeeperException e) {
            close(fault);
            throw new Nemesis.Impossible("the master was faster");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
