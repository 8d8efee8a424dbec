package org.quorate.agent.status;

import java.time.Duration;
import java.util.Optional;

/** The state of the buildmaster that the agent shows. Thread-safe; queries no store. */
public interface BuildmasterView {
    /** Returns how many buildrequests this master holds. */
    int claimsHeld();

    /** Returns how many builds the buildmaster runs at the same time; 0 while none is attached. */
    int slots();

    /** Returns how many starts of the buildmaster failed since its last good run. */
    int failedStarts();

    /** Returns for how long a buildmaster that promised heartbeats has sent nothing; zero if it keeps its promise. */
    Duration silence();

    /** Returns why there is no buildmaster; empty: there is one. */
    Optional<String> absence();
}
