package org.quorate.agent.supervision;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The starts of the buildmaster that failed one after the other. The pause before the next start doubles with each, and
 * a good run ends the row. Thread-safe.
 */
public final class FailedStarts {
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private final CopyOnWriteArrayList<Runnable> onChange = new CopyOnWriteArrayList<>();
    private int count;
    private @Nullable String sentence;

    /** Adds a listener, called after the sentence changed. The listener must only wake a loop, never act. */
    public void onChange(Runnable wake) {
        onChange.add(wake);
    }

    /** Notes that the buildmaster ended, or had to be ended, before it ran well. */
    void failed(String how) {
        synchronized (this) {
            count++;
            sentence = "its buildmaster failed to start" + (count == 1 ? "" : ", " + count + " times in a row") + ": "
                    + how;
        }
        wake();
    }

    /** Notes that the buildmaster serves now, though it may still end soon. */
    void serves() {
        if (clear()) {
            wake();
        }
    }

    /** Begins a new row, after a good run or because an operator restarts: the next failure is the first. */
    void forget() {
        synchronized (this) {
            count = 0;
        }
        serves();
    }

    /** Returns how long to wait after the last failure, if each further one doubles {@code least}. */
    synchronized Duration pause(Duration least) {
        Duration longest = least.compareTo(LONGEST_PAUSE) > 0 ? least : LONGEST_PAUSE;
        Duration pause = least;
        for (int i = 1; i < count && pause.compareTo(longest) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(longest) < 0 ? pause : longest;
    }

    /** Returns how many starts failed since the last good run. */
    public synchronized int count() {
        return count;
    }

    /** Returns what keeps the buildmaster from starting, as a clause; empty: nothing is known to. */
    public synchronized Optional<String> sentence() {
        return Optional.ofNullable(sentence);
    }

    private synchronized boolean clear() {
        boolean was = sentence != null;
        sentence = null;
        return was;
    }

    private void wake() {
        onChange.forEach(Runnable::run);
    }
}
