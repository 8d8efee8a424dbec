package org.quorate.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.quorate.scheduler.Rendezvous.Candidate;

/**
 * Computes which alive master should own which scheduler. The result is the same on every master that has the same
 * picture, so no master needs to assign schedulers to others.
 *
 * <p>Plain rendezvous hashing moves as few schedulers as possible, but spreads 100 schedulers over 3 masters no better
 * than ±14 % at one standard deviation. So each master's load is bounded, as in consistent hashing with bounded loads
 * (Mirrokni, Thorup and Zadimoghaddam 2016). In addition, a scheduler that has an alive owner stays there while the
 * bounds allow it. So little moves beyond the schedulers of a master that left, or the share of a master that joined.
 * In order:
 *
 * <ol>
 *   <li>A scheduler that an operator moved goes to that master, if the master is alive and offers it.
 *   <li>A scheduler with an owner stays with it.
 *   <li>A scheduler without an owner goes to the first master in its rendezvous ranking that has less than its share,
 *       rounded down; else to the first that has less than its share, rounded up; else to the master with the least
 *       load for its weight.
 *   <li>A master with more than 5 % above its share gives schedulers away; a master with more than 5 % below it gets
 *       some.
 * </ol>
 *
 * <p>A master's share of all schedulers is its weight divided by the sum of all weights. If some masters do not offer
 * every scheduler, the bounds may be out of reach; the result is then as close to them as possible.
 */
final class Spread {
    private static final double SLACK = 0.05;

    /** One scheduler to be placed; {@code candidates} are the available masters that offer it. */
    record Placing(String scheduler, List<Candidate> candidates, Optional<String> owner, Optional<String> preferred) {}

    private final Map<String, Candidate> masters = new TreeMap<>();
    private final Map<String, Integer> loads = new HashMap<>();
    private final Map<String, List<String>> rankings = new TreeMap<>();
    private final Map<String, String> plan = new TreeMap<>();
    private final List<String> movable = new ArrayList<>();
    private final int count;
    private final double weights;

    private Spread(Collection<Placing> placings) {
        for (Placing placing : placings) {
            placing.candidates().forEach(candidate -> masters.put(candidate.name(), candidate));
            rankings.put(placing.scheduler(), Rendezvous.ranking(placing.scheduler(), placing.candidates()));
        }
        count = placings.size();
        weights = masters.values().stream().mapToDouble(Candidate::share).sum();
    }

    /** Returns master by scheduler. A scheduler that no available master offers is left out. */
    static Map<String, String> of(Collection<Placing> placings) {
        List<Placing> possible = placings.stream()
                .filter(placing -> !placing.candidates().isEmpty())
                .sorted(Comparator.comparing(Placing::scheduler))
                .toList();
        Spread spread = new Spread(possible);
        spread.place(possible);
        spread.even();
        return spread.plan;
    }

    /** Returns the order in which masters contend for a scheduler: the planned owner, then the rendezvous ranking. */
    static List<String> order(String scheduler, List<Candidate> candidates, String planned) {
        List<String> order = new ArrayList<>(Rendezvous.ranking(scheduler, candidates));
        order.remove(planned);
        order.add(0, planned);
        return order;
    }

    private void place(List<Placing> placings) {
        List<Placing> open = new ArrayList<>();
        for (Placing placing : placings) {
            Optional<String> preferred = placing.preferred().filter(rankings(placing.scheduler())::contains);
            Optional<String> owner = placing.owner().filter(rankings(placing.scheduler())::contains);
            if (preferred.isPresent()) {
                put(placing.scheduler(), preferred.get());
            } else if (owner.isPresent()) {
                put(placing.scheduler(), owner.get());
                movable.add(placing.scheduler());
            } else {
                open.add(placing);
            }
        }
        for (Placing placing : open) {
            put(placing.scheduler(), bestFor(placing.scheduler()));
            movable.add(placing.scheduler());
        }
    }

    private String bestFor(String scheduler) {
        List<String> ranking = rankings(scheduler);
        return first(ranking, master -> load(master) < low(master))
                .or(() -> first(ranking, master -> load(master) < high(master)))
                .orElseGet(() -> ranking.stream()
                        .min(Comparator.comparingDouble(this::fullness))
                        .orElseThrow());
    }

    /**
     * Moves schedulers until every master is within its bounds or cannot come nearer to them. Each move brings one
     * master nearer to its bounds and takes no master out of its own, so the loop ends. Once a plan is carried out, the
     * next run computes the same plan.
     */
    private void even() {
        boolean moved = true;
        while (moved) {
            moved = false;
            for (String master : masters.keySet()) {
                moved |= load(master) > most(master) && move(master::equals, taker -> load(taker) < high(taker));
                moved |= load(master) < least(master) && moveFromFullest(master);
            }
        }
    }

    private boolean moveFromFullest(String taker) {
        return masters.keySet().stream()
                .filter(giver -> load(giver) > low(giver))
                .sorted(Comparator.comparingDouble(this::fullness).reversed())
                .anyMatch(giver -> move(giver::equals, taker::equals));
    }

    /** Moves the scheduler that ranks its new owner best. */
    private boolean move(Predicate<String> givers, Predicate<String> takers) {
        record Move(String scheduler, String to, int rank) {}
        Optional<Move> best = movable.stream()
                .filter(scheduler -> givers.test(plan.get(scheduler)))
                .flatMap(scheduler -> rankings(scheduler).stream()
                        .filter(to -> takers.test(to) && !to.equals(plan.get(scheduler)))
                        .limit(1)
                        .map(to -> new Move(scheduler, to, rankings(scheduler).indexOf(to))))
                .min(Comparator.comparingInt(Move::rank).thenComparing(Move::scheduler));
        best.ifPresent(move -> {
            loads.merge(plan.get(move.scheduler()), -1, Integer::sum);
            put(move.scheduler(), move.to());
        });
        return best.isPresent();
    }

    private void put(String scheduler, String master) {
        plan.put(scheduler, master);
        loads.merge(master, 1, Integer::sum);
    }

    private List<String> rankings(String scheduler) {
        return rankings.getOrDefault(scheduler, List.of());
    }

    private static Optional<String> first(List<String> ranking, Predicate<String> has) {
        return ranking.stream().filter(has).findFirst();
    }

    private int load(String master) {
        return loads.getOrDefault(master, 0);
    }

    private double share(String master) {
        return count * weight(master) / weights;
    }

    private double weight(String master) {
        Candidate candidate = masters.get(master);
        return candidate == null ? 1 : candidate.share();
    }

    private double fullness(String master) {
        return load(master) / weight(master);
    }

    private int low(String master) {
        return (int) Math.floor(share(master) + 1e-9);
    }

    private int high(String master) {
        return (int) Math.ceil(share(master) - 1e-9);
    }

    private int most(String master) {
        return Math.max(high(master), (int) Math.floor(share(master) * (1 + SLACK)));
    }

    private int least(String master) {
        return Math.min(low(master), (int) Math.ceil(share(master) * (1 - SLACK)));
    }
}
