package org.quorate.demo.cluster;

/** What can be done to a master; answers a number of processes. */
public interface Machines {
    int kill(String master);

    int freeze(String master);

    void wake(String master);

    void start(String master);

    /** The writes of a zombie, sent with the authority that it had. */
    Zombie.Attempts replay(Zombie zombie);
}
