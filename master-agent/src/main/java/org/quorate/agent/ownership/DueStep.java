package org.quorate.agent.ownership;

import java.time.Duration;
import org.quorate.agent.loop.Step;
import org.quorate.master.DatabaseUnreachable;

/** Tells the buildmaster at once which dependent schedulers are due when a buildset completed anywhere. One thread. */
public final class DueStep implements Step {
    private static final Duration REST = Duration.ofMinutes(1);

    private final Runnable tellAllDue;

    public DueStep(Runnable tellAllDue) {
        this.tellAllDue = tellAllDue;
    }

    @Override
    public Taken take() {
        try {
            tellAllDue.run();
            return new Taken("", REST);
        } catch (DatabaseUnreachable e) {
            return new Taken("dependent schedulers are told later: " + e.getMessage(), REST);
        }
    }
}
