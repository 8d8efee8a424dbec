package org.quorate.demo.cluster;

/** The faults that can be done to a master. The numbers are those of the processes that were hit. */
public interface Machines {
    int kill(String master);

    int freeze(String master);

    void wake(String master);

    void start(String master);

    /** Sends the writes of a zombie, with the authority that it had. */
    Zombie.Attempts replay(Zombie zombie);
}
