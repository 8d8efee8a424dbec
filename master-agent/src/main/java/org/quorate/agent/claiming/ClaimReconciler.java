package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.quorate.claim.Attempt;
import org.quorate.time.Deadline;

/**
 * Compares the claims that this agent knows with those in the database, after the session to the database was replaced:
 * the database may be another one (a promoted standby or a restored backup) and lack commits that were acknowledged. A
 * difference counts only if two comparisons, a second apart, both see it; a difference that only one sees comes from a
 * message on its way. One thread, except {@link #want}.
 */
final class ClaimReconciler {
    static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final AtomicBoolean wanted = new AtomicBoolean();
    private @Nullable Difference suspicion;
    private Deadline secondLook = new Deadline(0);

    /**
     * The difference between this agent's claims and those in the database.
     *
     * @param lost claims that only this agent knows: the database has lost the claim
     * @param found claims that only the database knows: it has lost the end of the claim
     */
    record Difference(Set<Attempt> lost, Set<Attempt> found) {
        Difference {
            lost = Set.copyOf(lost);
            found = Set.copyOf(found);
        }

        static Difference between(Set<Attempt> ours, Set<Attempt> theirs) {
            return new Difference(without(ours, theirs), without(theirs, ours));
        }

        boolean isNone() {
            return lost.isEmpty() && found.isEmpty();
        }

        Difference alsoIn(Difference other) {
            return new Difference(
                    without(lost, without(lost, other.lost)), without(found, without(found, other.found)));
        }

        private static Set<Attempt> without(Set<Attempt> these, Set<Attempt> others) {
            return these.stream().filter(each -> !others.contains(each)).collect(Collectors.toSet());
        }

        @Override
        public String toString() {
            return Stream.of(
                            lost.isEmpty() ? "" : "the claims of " + brids(lost) + " are lost",
                            found.isEmpty() ? "" : "the ends of " + brids(found) + " are lost")
                    .filter(part -> !part.isEmpty())
                    .collect(Collectors.joining(" and "));
        }

        private static List<Integer> brids(Set<Attempt> attempts) {
            return attempts.stream().map(Attempt::brid).sorted().toList();
        }
    }

    /** Requests a comparison. Any thread. */
    void want() {
        wanted.set(true);
    }

    /**
     * Returns whether a comparison is due, and clears the request. If the comparison fails, call {@link #want} again.
     */
    boolean begin(long nowNanos) {
        return isDue(nowNanos) && wanted.getAndSet(false);
    }

    boolean isDue(long nowNanos) {
        return wanted.get() && (suspicion == null || secondLook.isOver(nowNanos));
    }

    boolean isWanted() {
        return wanted.get();
    }

    /**
     * Returns the difference that both this comparison and the last one see. Empty: there is none, or a second
     * comparison is needed first.
     */
    Optional<Difference> look(Set<Attempt> ours, Set<Attempt> theirs, long nowNanos) {
        Difference now = Difference.between(ours, theirs);
        Optional<Difference> confirmed =
                Optional.ofNullable(suspicion).map(now::alsoIn).filter(difference -> !difference.isNone());
        if (suspicion != null || now.isNone()) {
            // a difference that only the second comparison sees comes from a message on its way: the session did not
            // change
            suspicion = null;
        } else {
            suspicion = now;
            secondLook = Deadline.after(BETWEEN_LOOKS, nowNanos);
            want();
        }
        return confirmed;
    }

    /** Drops the suspected difference; something else has settled it. */
    void forget() {
        suspicion = null;
    }
}
