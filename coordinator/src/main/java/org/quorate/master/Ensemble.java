package org.quorate.master;

/**
 * Everything that one agent asks of ZooKeeper, over one session. Each caller takes only the part that it needs.
 */
public interface Ensemble
        extends EnsembleSession, NumberSource, Members, SchedulerOwners, LeaderElection, AutoCloseable {
    @Override
    void close();
}
