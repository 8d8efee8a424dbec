package org.quorate.agent.status;

import java.util.Optional;

/** What an agent shows of its buildmaster. Thread-safe; asks no store. */
public interface BuildmasterView {
    /** How many buildrequests this master holds. */
    int claimsHeld();

    /** How many builds it runs at the same time; 0 while none is attached. */
    int slots();

    /** Why there is no buildmaster; empty: there is one. */
    Optional<String> absence();
}
