package org.quorate.agent.membership;

import java.time.Duration;
import org.quorate.agent.loop.Step;

/**
 * Checks that the state directory can be written, so that a full or read-only disk is known before a restart of the
 * agent costs the running builds. A loop of its own: a disk that hangs must not hold up the trust. One thread.
 */
public final class StateFileStep implements Step {
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final StateFile stateFile;

    public StateFileStep(StateFile stateFile) {
        this.stateFile = stateFile;
    }

    @Override
    public Taken take() {
        return stateFile
                .check()
                .map(why -> Taken.waiting(
                        "the state directory cannot be written (" + why
                                + "): if this agent dies now, a new epoch begins"
                                + " and all running builds are repeated. Free space there, or let the agent's user"
                                + " write to it",
                        EVERY))
                .orElse(new Taken("", EVERY));
    }
}
