package org.quorate.acceptance;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for facts that take long on a slow machine. */
final class Patience {
    private Patience() {}

    /** Long enough for a machine that is busy with other things: no test checks how fast the machine is. */
    static void until(Callable<Boolean> fact) {
        within(300, fact);
    }

    static void within(int seconds, Callable<Boolean> fact) {
        await().atMost(Duration.ofSeconds(seconds))
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptions()
                .until(fact);
    }
}
