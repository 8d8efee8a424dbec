package org.quorate.master;

import org.quorate.identity.PairingNode;

/**
 * Everything that one agent asks of ZooKeeper, over one session. Each caller takes only the part that it needs.
 */
public interface Ensemble
        extends EnsembleSession, NumberSource, PairingNode, Members, SchedulerOwners, LeaderElection, AutoCloseable {
    @Override
    void close();
}
