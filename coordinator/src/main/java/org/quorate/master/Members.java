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
}
