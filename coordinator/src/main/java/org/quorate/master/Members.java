package org.quorate.master;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Which masters are alive, as far as ZooKeeper knows: each agent keeps an ephemeral node. A hint; only the database
 * proves anything. Every method may throw {@link ZooKeeperUnreachable} within the session timeout. Thread-safe.
 */
public interface Members {
    /**
     * Creates this master's ephemeral node and checks that its {@code ephemeralOwner} is this session. Replaces a node
     * of {@code predecessor}, the earlier incarnation of this agent whose process is known to be dead, and a node that
     * an earlier session of this same incarnation left. Waits for the first connection; after that, as bounded as
     * {@link #heartbeat}.
     *
     * @return empty if the master joined; otherwise the running agent that holds the name
     * @throws IllegalStateException if a node that is not ephemeral is in the way; only an operator can remove it
     */
    Optional<Member> join(Member self, Optional<UUID> predecessor);

    /**
     * Writes the content of this master's node again. Does nothing if the node is gone; the next heartbeat reports
     * that. As bounded as {@link #heartbeat}.
     */
    void publish(Member self);

    /**
     * Makes one acknowledged round trip, which proves the session and this master's node. Returns false if the node is
     * gone or belongs to another session. If somebody else changed the node's content, it is written again. Fails at
     * once without a connection, and always within a quarter of the session timeout.
     */
    boolean heartbeat();

    /** Removes this master's node and all ownership nodes of this session. */
    void leave();

    /**
     * Returns the alive masters by name, read after a {@code sync}. The ephemeral node proves that a master is alive;
     * if its content cannot be read, the master counts as alive and offers nothing.
     */
    Map<String, Member> members();
}
