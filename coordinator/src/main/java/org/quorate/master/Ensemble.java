package org.quorate.master;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The port to ZooKeeper: who seems alive, who seems to own what, and numbers that were never issued before. Nothing that
 * it answers proves anything; the database does. Every method may throw {@code org.quorate.master.ZooKeeperUnreachable}
 * within the session timeout. Thread-safe.
 */
public interface Ensemble extends AutoCloseable {
    /**
     * The session timeout that the servers granted; every timer derives from it. Blocks until there was a session once,
     * but no longer than the timeout that was asked for; afterwards answers at once what was granted last.
     */
    Duration sessionTimeout();

    /** The session is established and not suspended, as far as this process knows. */
    boolean isConnected();

    /**
     * A number greater than any issued before, as long as the ensemble keeps its data: the {@code mzxid} of a write to
     * {@code /epoch}.
     */
    long number();

    /**
     * Writes the cluster's identity where there is none, and answers what stands there. A mismatch with the database is
     * the caller's to refuse.
     */
    UUID clusterUuid(UUID ours);

    /**
     * Makes this master's ephemeral node and checks that its {@code ephemeralOwner} is this session. Empty: joined.
     * Otherwise the living agent that has the name; a node of {@code predecessor}, this agent's own earlier life, whose
     * process is known to be dead, is replaced, and so is one that an earlier session of this same incarnation left.
     *
     * @throws IllegalStateException something that is not ephemeral is in the way, and only an operator can remove it
     */
    Optional<Member> join(Member self, Optional<UUID> predecessor);

    /** Writes the content of the own node anew; nothing happens when it is gone, which the next heartbeat tells. */
    void publish(Member self);

    /**
     * One acknowledged round trip that proves the session and the own node: false when the node is gone or is not this
     * session's. Content that somebody else put there is replaced. Fails at once without a connection, and within a third
     * of the session timeout in any case.
     */
    boolean heartbeat();

    /** Removes the own node and all ownership nodes of this session. */
    void leave();

    /**
     * The living masters by name, read after a {@code sync}. Its ephemeral node shows that a master lives; one whose content
     * cannot be read offers nothing.
     */
    Map<String, Member> members();

    /**
     * The owners of schedulers by scheduler name, as far as nodes tell, read from the local cache of the watch. Without a
     * connection it is what was seen last.
     */
    Map<String, String> owners();

    /**
     * Makes the ephemeral node of a scheduler for this master, which joined. False: another master's node is there. One of
     * the same master is from an earlier session or life of this agent, and is replaced.
     */
    boolean contend(String scheduler, String master);

    /** Removes the node of a scheduler if it is this session's. */
    void withdraw(String scheduler);

    /** Takes part in the election of the housekeeper. */
    void stand(String master);

    /** Whether this master seems to be the housekeeper. False at once when the connection is suspended. */
    boolean seemsLeader();

    /** Leaves the election. */
    void standDown();

    /** Called, on a thread of the client, when members, owners, leader or connection may have changed: wake, never act. */
    void onChange(Runnable wake);

    @Override
    void close();
}
