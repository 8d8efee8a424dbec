package org.quorate.agent.supervision;

/** The process of a buildmaster that the agent started. */
public interface BuildmasterProcess {
    boolean isRunning();

    /** Sends a signal. Returns false, without sending it, if the signal would kill the process. */
    boolean signal(Supervisor.Signal signal);
}
