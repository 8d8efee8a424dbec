package org.quorate.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quorate.master.Member;
import org.quorate.scheduler.Rendezvous.Candidate;
import org.quorate.time.DurationOrder;

/**
 * Decides what one master does about schedulers: it contends for those without an owner, and hands over those that
 * another master should own. Every master runs its own policy. They agree because {@link Spread} computes the same plan
 * from the same picture; where their pictures differ, the database lets only one of them succeed.
 *
 * <ul>
 *   <li>The planned owner contends at once. Each other master waits one <em>delay</em> for every rank before its own.
 *   <li>For an even spread a scheduler is handed over only to a master whose buildmaster has been attached for the
 *       <em>settle</em> time, and only within a budget of moves. Neither condition applies when an operator moved the
 *       scheduler, when this master is drained, or when its buildmaster no longer runs the scheduler.
 *   <li>A draining master contends for nothing, and keeps only schedulers that nobody else offers.
 *   <li>A master that does not see itself among the alive members does nothing.
 * </ul>
 *
 * <p>A master that handed a scheduler over does not contend for it during the settle time, unless another master has
 * owned it since, or an operator moved it back here. If a scheduler's row still names an owner that is not alive, this
 * master waits for the housekeeper, because the database would reject it.
 *
 * <p>One thread.
 */
public final class OwnershipPolicy {
    private final String self;
    private final Settings settings;
    private final Map<String, Long> presentSince = new HashMap<>();
    private final Map<String, Long> vacantSince = new HashMap<>();
    private final Map<String, Long> handedOverAt = new HashMap<>();
    private @Nullable MoveBudget budget;

    public OwnershipPolicy(String self, Settings settings) {
        this.self = self;
        this.settings = settings;
    }

    /** Returns the master whose policy this is. */
    public String master() {
        return self;
    }

    /**
     * How fast schedulers find an owner, and how fast they move.
     *
     * @param delay how much longer each rank waits than the rank before it
     * @param settle how long a master must have offered schedulers before any is handed over to it
     * @param movesPerMinute how many schedulers this master hands over in a minute for an even spread
     */
    public record Settings(Duration delay, Duration settle, int movesPerMinute) {}

    /**
     * The input of one decision, all of it read for the same step.
     *
     * @param members the alive masters, including this one, with what they offer
     * @param owners owner by scheduler, according to the nodes in ZooKeeper
     * @param rows all schedulers in the database
     * @param terms the schedulers that this master owns, as far as it knows
     * @param draining names of the masters that take nothing new: an operator drained them, or they are stopping
     * @param nowNanos the monotonic clock
     */
    public record Picture(
            Collection<Member> members,
            Map<String, String> owners,
            List<SchedulerRow> rows,
            Set<String> terms,
            Set<String> draining,
            long nowNanos) {
        public Picture {
            members = List.copyOf(members);
            owners = Map.copyOf(owners);
            rows = List.copyOf(rows);
            terms = Set.copyOf(terms);
            draining = Set.copyOf(draining);
        }
    }

    /** The decisions, and when to decide again if nothing wakes this master earlier. */
    public record Findings(List<Decision> decisions, Duration nextLookIn) {
        public Findings {
            decisions = List.copyOf(decisions);
        }
    }

    /** One action for one scheduler. */
    public sealed interface Decision {
        String scheduler();
    }

    /** The scheduler has no owner, and it is this master's turn to contend. */
    public record Contend(String scheduler) implements Decision {}

    /** End this master's term, so that the other master can begin one. */
    public record HandOver(String scheduler, String to, String why) implements Decision {}

    /** End this master's term without a successor: its buildmaster no longer runs the scheduler. */
    public record Disown(String scheduler, String why) implements Decision {}

    /** Returns the decisions for a picture. */
    public Findings decide(Picture picture) {
        Map<String, Member> members = new TreeMap<>();
        picture.members().forEach(member -> members.put(member.name(), member));
        notePresence(picture);
        if (!members.containsKey(self)) {
            vacantSince.clear();
            return new Findings(List.of(), settings.settle());
        }
        return new Step(picture, members).findings();
    }

    /** While a buildmaster restarts, its master offers nothing; afterwards its settle time begins again. */
    private void notePresence(Picture picture) {
        Set<String> offering = picture.members().stream()
                .filter(member -> !member.schedulers().isEmpty())
                .map(Member::name)
                .collect(Collectors.toSet());
        presentSince.keySet().retainAll(offering);
        offering.forEach(name -> presentSince.putIfAbsent(name, picture.nowNanos()));
    }

    private MoveBudget budget(long nowNanos) {
        MoveBudget existing = budget;
        if (existing == null) {
            existing = new MoveBudget(settings.movesPerMinute(), settings.movesPerMinute(), nowNanos);
            budget = existing;
        }
        return existing;
    }

    /** One run of {@link #decide}. */
    private final class Step {
        private final Picture picture;
        private final long nowNanos;
        private final Map<String, Member> members;
        private final Map<String, SchedulerRow> rows = new HashMap<>();
        private final Map<String, List<Candidate>> candidates = new HashMap<>();
        private final List<Decision> decisions = new ArrayList<>();
        private Duration nextLookIn = settings.settle();

        Step(Picture picture, Map<String, Member> members) {
            this.picture = picture;
            this.nowNanos = picture.nowNanos();
            this.members = members;
            picture.rows().forEach(row -> rows.put(row.name(), row));
            members.values().stream()
                    .filter(member -> !picture.draining().contains(member.name()))
                    .forEach(this::noteOffers);
        }

        private void noteOffers(Member member) {
            for (String scheduler : new TreeSet<>(member.schedulers())) {
                candidates
                        .computeIfAbsent(scheduler, name -> new ArrayList<>())
                        .add(new Candidate(member.name(), member.capacity()));
            }
        }

        Findings findings() {
            Set<String> schedulers = new TreeSet<>(candidates.keySet());
            schedulers.addAll(picture.terms());
            Map<String, String> plan =
                    Spread.of(schedulers.stream().map(this::placing).toList());
            vacantSince.keySet().retainAll(schedulers);
            handedOverAt
                    .values()
                    .removeIf(at -> nowNanos - at >= settings.settle().toNanos());
            for (String scheduler : schedulers) {
                String planned = plan.get(scheduler);
                if (picture.terms().contains(scheduler)) {
                    vacantSince.remove(scheduler);
                    decideOwned(scheduler, planned);
                } else if (planned != null) {
                    decideOther(scheduler, planned);
                }
            }
            return new Findings(decisions, nextLookIn);
        }

        private Spread.Placing placing(String scheduler) {
            return new Spread.Placing(
                    scheduler, candidates.getOrDefault(scheduler, List.of()), owner(scheduler), preferred(scheduler));
        }

        private Optional<String> preferred(String scheduler) {
            return Optional.ofNullable(rows.get(scheduler)).flatMap(SchedulerRow::preferred);
        }

        /**
         * Returns its alive owner: this master if it holds the term, else the owner by the database, else by ZooKeeper.
         */
        private Optional<String> owner(String scheduler) {
            if (picture.terms().contains(scheduler)) {
                return Optional.of(self);
            }
            return rowOwner(scheduler)
                    .filter(members::containsKey)
                    .or(() ->
                            Optional.ofNullable(picture.owners().get(scheduler)).filter(members::containsKey));
        }

        private Optional<String> rowOwner(String scheduler) {
            return Optional.ofNullable(rows.get(scheduler)).flatMap(SchedulerRow::owner);
        }

        private void decideOwned(String scheduler, @Nullable String planned) {
            if (planned == null) {
                if (!offers(scheduler)) {
                    decisions.add(new Disown(scheduler, "the buildmaster no longer runs " + scheduler));
                }
            } else if (!planned.equals(self)) {
                decideMove(scheduler, planned);
            }
        }

        private void decideMove(String scheduler, String to) {
            if (!offers(scheduler)) {
                handOver(scheduler, to, self + " no longer runs " + scheduler);
            } else if (picture.draining().contains(self)) {
                handOver(scheduler, to, self + " is draining");
            } else if (preferred(scheduler).filter(to::equals).isPresent()) {
                handOver(scheduler, to, "an operator moved " + scheduler + " to " + to);
            } else {
                handOverForEvenSpread(scheduler, to);
            }
        }

        private void handOverForEvenSpread(String scheduler, String to) {
            long present = nowNanos - presentSince.getOrDefault(to, nowNanos);
            MoveBudget moves = budget(nowNanos);
            if (present < settings.settle().toNanos()) {
                lookAgainIn(settings.settle().minusNanos(present));
            } else if (moves.take(nowNanos)) {
                handOver(scheduler, to, "for an even spread over " + members.size() + " masters");
            } else {
                lookAgainIn(moves.nextIn(nowNanos));
            }
        }

        private void handOver(String scheduler, String to, String why) {
            handedOverAt.put(scheduler, nowNanos);
            decisions.add(new HandOver(scheduler, to, why));
        }

        private void decideOther(String scheduler, String planned) {
            boolean ours = rowOwner(scheduler).filter(self::equals).isPresent();
            if (!ours && rowOwner(scheduler).isPresent()) {
                handedOverAt.remove(scheduler);
            }
            boolean taken = !ours
                    && (rowOwner(scheduler).isPresent()
                            || owner(scheduler)
                                    .filter(name -> !name.equals(self))
                                    .isPresent());
            if (taken) {
                vacantSince.remove(scheduler);
                return;
            }
            long since = vacantSince.computeIfAbsent(scheduler, name -> nowNanos);
            int rank = ours ? 0 : rank(scheduler, planned);
            if (rank < 0 || picture.draining().contains(self)) {
                return;
            }
            Duration wait = settings.delay().multipliedBy(rank).minusNanos(nowNanos - since);
            Duration restraint = restraint(scheduler, ours);
            wait = DurationOrder.longer(wait, restraint);
            if (wait.isZero() || wait.isNegative()) {
                decisions.add(new Contend(scheduler));
            } else {
                lookAgainIn(wait);
            }
        }

        /**
         * Returns how long this master leaves a scheduler that it handed over to the others: the rows that it reads may
         * still be the old ones.
         */
        private Duration restraint(String scheduler, boolean ours) {
            Long at = handedOverAt.get(scheduler);
            boolean calledBack =
                    !ours && preferred(scheduler).filter(self::equals).isPresent();
            return at == null || calledBack ? Duration.ZERO : settings.settle().minusNanos(nowNanos - at);
        }

        /** Returns -1 when this master does not offer the scheduler. */
        private int rank(String scheduler, String planned) {
            return Spread.order(scheduler, candidates.getOrDefault(scheduler, List.of()), planned)
                    .indexOf(self);
        }

        private boolean offers(String scheduler) {
            Member member = members.get(self);
            return member != null && member.schedulers().contains(scheduler);
        }

        private void lookAgainIn(Duration wait) {
            nextLookIn = DurationOrder.shorter(wait, nextLookIn);
        }
    }
}
