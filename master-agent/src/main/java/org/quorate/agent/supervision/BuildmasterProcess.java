package org.quorate.agent.supervision;

/** The process of a buildmaster that the agent started. */
public interface BuildmasterProcess {
    boolean isRunning();

    /** Returns false where the process would die of the signal; nothing was sent then. */
    boolean signal(Supervisor.Signal signal);
}
