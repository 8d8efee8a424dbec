package org.quorate.zookeeper;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.quorate.identity.Pairing;
import org.quorate.master.Ensemble;
import org.quorate.master.Member;
import org.quorate.master.ZooKeeperUnreachable;

/**
 * The ensemble, through Curator. It assembles its parts, which share one session. It survives outages of any length:
 * calls during an outage fail with {@link ZooKeeperUnreachable}, and the session, or a new one, is available
 * afterwards. Thread-safe.
 */
public final class CuratorEnsemble implements Ensemble {
    private final Session session;
    private final Registration registration;
    private final OwnerCache owners;
    private final OwnershipNodes ownership;
    private final Election election;
    private final Numbers numbers;
    private final ClusterNode clusterNode;
    private final RootWatch watch;

    private CuratorEnsemble(String connect, String cluster, Duration sessionTimeout) {
        // ZooKeeper's client does not create a chroot, and fails strangely without it: here it is part of each path
        int slash = connect.indexOf('/');
        String servers = slash < 0 ? connect : connect.substring(0, slash);
        Paths paths = Paths.of(slash < 0 ? "" : connect.substring(slash).replaceFirst("/+$", ""), cluster);
        session = new Session(servers, sessionTimeout, System::nanoTime);
        registration = new Registration(session, paths);
        owners = new OwnerCache(session, paths);
        ownership = new OwnershipNodes(session, paths, owners);
        election = new Election(session, paths, this::signal);
        numbers = new Numbers(session, paths);
        clusterNode = new ClusterNode(session, paths);
        watch = new RootWatch(session, paths, owners, election);
    }

    /**
     * Begins to connect, and keeps trying until it is closed. Neither blocks nor fails while ZooKeeper is unreachable.
     *
     * @param connect {@code host:port,host:port}, and perhaps a chroot, {@code /ci}, which is created if it is missing
     * @param cluster the name of the cluster; all its nodes are below {@code /quorate/<cluster>}
     * @param sessionTimeout the timeout to request; the servers may grant another
     */
    public static CuratorEnsemble connect(String connect, String cluster, Duration sessionTimeout) {
        CuratorEnsemble ensemble = new CuratorEnsemble(connect, cluster, sessionTimeout);
        ensemble.watch.start(sessionTimeout.dividedBy(3));
        ensemble.session.start(ensemble.watch::reconnected, ensemble.watch::signal);
        return ensemble;
    }

    private void signal() {
        watch.signal();
    }

    @Override
    public Duration sessionTimeout() {
        return session.timeout();
    }

    @Override
    public boolean isConnected() {
        return session.isConnected();
    }

    @Override
    public long number() {
        return numbers.number();
    }

    @Override
    public Optional<Pairing> pairing() {
        return clusterNode.pairing();
    }

    @Override
    public boolean pair(Optional<Pairing> before, Pairing after) {
        return clusterNode.pair(before, after);
    }

    @Override
    public Optional<Member> join(Member self, Optional<UUID> predecessor) {
        return registration.join(self, predecessor);
    }

    @Override
    public void publish(Member self) {
        registration.publish(self);
    }

    @Override
    public boolean heartbeat() {
        return registration.heartbeat();
    }

    @Override
    public void leave() {
        ownership.withdrawAll();
        registration.leave();
    }

    @Override
    public Map<String, Member> members() {
        return registration.members();
    }

    @Override
    public Map<String, String> owners() {
        return owners.owners();
    }

    @Override
    public boolean contend(String scheduler, String master) {
        return ownership.contend(scheduler, master);
    }

    @Override
    public void withdraw(String scheduler) {
        ownership.withdraw(scheduler);
    }

    @Override
    public void stand(String master) {
        election.stand(master);
    }

    @Override
    public boolean seemsLeader() {
        return election.seemsLeader();
    }

    /**
     * Returns the paths of the nodes in the leader election that belong to no session. Such a node may keep every
     * master from leading for ever; only an operator can delete it.
     */
    public List<String> strangersInTheElection() {
        return election.strangers();
    }

    @Override
    public void standDown() {
        election.standDown();
    }

    @Override
    public void onChange(Runnable wake) {
        watch.onChange(wake);
    }

    /** Returns the session, for tests that break it. */
    Session session() {
        return session;
    }

    /** Ends the session. If ZooKeeper answers, the nodes of this master are removed at once. */
    @Override
    public void close() {
        watch.close();
        election.close();
        session.close();
    }
}
