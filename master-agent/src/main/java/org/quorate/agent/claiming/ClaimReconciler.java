package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quorate.claim.Attempt;

/**
 * Whether the database says the same of what is held here as this agent. Asked when a session to it is a new one: it may be
 * another than before, a standby that was promoted or a backup that was restored, and lack what was acknowledged. What differs
 * at two looks, and not only while a message is on its way, differs. One thread, but for {@link #want}.
 */
final class ClaimReconciler {
    static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final AtomicBoolean wanted = new AtomicBoolean();
    private Optional<Difference> suspicion = Optional.empty();
    private long suspectedAtNanos;

    /**
     * What this agent and the database say differently.
     *
     * @param lost held by this agent's word alone: the database has lost the claim
     * @param found held by the database's word alone: it has lost the end of the claim
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

    /** Any thread. */
    void want() {
        wanted.set(true);
    }

    /** Whether a look is due; if so it counts as taken, and a failed one must be wanted again. */
    boolean begin(long nowNanos) {
        return isDue(nowNanos) && wanted.getAndSet(false);
    }

    boolean isDue(long nowNanos) {
        return wanted.get() && (suspicion.isEmpty() || nowNanos - suspectedAtNanos >= BETWEEN_LOOKS.toNanos());
    }

    boolean isWanted() {
        return wanted.get();
    }

    /** What differs at this look and did at the last one; empty: nothing, or another look is wanted first. */
    Optional<Difference> look(Set<Attempt> ours, Set<Attempt> theirs, long nowNanos) {
        Difference now = Difference.between(ours, theirs);
        Optional<Difference> confirmed = suspicion.map(now::alsoIn).filter(difference -> !difference.isNone());
        if (suspicion.isPresent() || now.isNone()) {
            // what is new at the second look is on its way: the session was no newer then
            suspicion = Optional.empty();
        } else {
            suspicion = Optional.of(now);
            suspectedAtNanos = nowNanos;
            want();
        }
        return confirmed;
    }

    /** Whatever was suspected is settled otherwise. */
    void forget() {
        suspicion = Optional.empty();
    }
}
