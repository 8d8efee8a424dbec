package org.quorate.agent.ownership;

import java.time.Duration;
import org.quorate.agent.loop.Step;
import org.quorate.master.DatabaseUnreachable;

/**
 * Notifies the buildmaster which dependent schedulers are due, as soon as a buildset completed anywhere. One thread.
 */
public final class DueStep implements Step {
    private static final Duration REST = Duration.ofMinutes(1);

    private final Runnable sendAllDue;

    public DueStep(Runnable sendAllDue) {
        this.sendAllDue = sendAllDue;
    }

    @Override
    public Taken take() {
        try {
            sendAllDue.run();
            return new Taken("", REST);
        } catch (DatabaseUnreachable e) {
            return Taken.waiting("dependent schedulers are notified later: " + e.getMessage(), REST);
        }
    }
}
