package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.SetAsides;
import org.quorate.claim.StatementFailed;
import org.quorate.claim.Turn;
import org.quorate.master.Authority;
import org.quorate.master.StoreUnreachable;
import org.quorate.time.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims that one bad buildrequest cannot hold up. If the database fails for a turn, the turn is taken apart, and the
 * buildrequests for which the database fails are set aside: turns pass over them until their pause is over, which grows
 * each time. As long as nothing is set aside, a turn is passed on as it is. Thread-safe.
 */
public final class ClaimsApart implements Claims {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimsApart.class);
    private static final Duration PAUSE_IF_UNKNOWN = Duration.ofSeconds(10);
    private static final Duration FORGOTTEN = Duration.ofMinutes(10);
    /** After all claims of a turn have failed, turns are not taken apart again for this long. */
    private static final Duration WHOLE = Duration.ofSeconds(30);

    private final Claims claims;
    private final SetAsides setAsides;
    private final LongSupplier nanoTime;
    /** The buildrequests that failed and have not succeeded since, each with the time of its next try. */
    private final Map<Integer, Deadline> aside = new ConcurrentHashMap<>();

    private volatile Deadline whole;

    public ClaimsApart(Claims claims, SetAsides setAsides, LongSupplier nanoTime) {
        this.claims = claims;
        this.setAsides = setAsides;
        this.nanoTime = nanoTime;
        this.whole = new Deadline(nanoTime.getAsLong());
    }

    /** Returns how many buildrequests this agent passes over, or has failed to try again. */
    public int count() {
        return aside.size();
    }

    @Override
    public Turn.Outcome take(Authority authority, Turn turn) {
        Set<Integer> paused = paused();
        Turn.Outcome outcome;
        try {
            outcome = passingOver(turn, paused, rest -> claims.take(authority, rest));
        } catch (StatementFailed e) {
            outcome = apart(authority, turn, e);
        }
        if (!aside.isEmpty()) {
            forgetWhatWorked(outcome);
        }
        return outcome;
    }

    /** Runs the turn without these buildrequests; their ends are for later. */
    private static Turn.Outcome passingOver(Turn turn, Set<Integer> paused, Function<Turn, Turn.Outcome> run) {
        if (paused.isEmpty()) {
            return run.apply(turn);
        }
        List<Completion> completions = new ArrayList<>(turn.completions());
        completions.removeIf(each -> paused.contains(each.brid()));
        List<Turn.Release> releases = new ArrayList<>(turn.releases());
        releases.removeIf(each -> paused.contains(each.brid()));
        Turn rest = new Turn(turn.token(), completions, releases, turn.wanted(), turn.limit(), paused, turn.chosen());
        Turn.Outcome outcome = run.apply(rest);
        Set<Integer> later = new HashSet<>(outcome.later());
        turn.completions().stream()
                .map(Completion::brid)
                .filter(paused::contains)
                .forEach(later::add);
        turn.releases().stream()
                .map(Turn.Release::brid)
                .filter(paused::contains)
                .forEach(later::add);
        return new Turn.Outcome(outcome.completed(), outcome.released(), outcome.claimed(), outcome.draining(), later);
    }

    private Turn.Outcome apart(Authority authority, Turn turn, StatementFailed failure) {
        learn();
        // those whose pause is over are the first suspects
        Set<Integer> suspects = Set.copyOf(aside.keySet());
        if (!suspects.isEmpty()) {
            try {
                Turn.Outcome outcome = passingOver(turn, suspects, rest -> claims.take(authority, rest));
                suspects.stream().filter(this::isDue).forEach(brid -> setAside(authority, brid, failure.reason()));
                return outcome;
            } catch (StatementFailed e) {
                LOG.debug("the turn fails without what is set aside too", e);
            }
        }
        return passingOver(turn, suspects, rest -> inParts(authority, rest, failure));
    }

    private Turn.Outcome inParts(Authority authority, Turn turn, StatementFailed failure) {
        boolean claiming = whole.isOver(nanoTime.getAsLong());
        TurnInParts parts = new TurnInParts(claims, authority, turn, failure, claiming);
        try {
            Turn.Outcome outcome = parts.run();
            parts.failed().forEach((brid, reason) -> setAside(authority, brid, reason));
            return outcome;
        } finally {
            if (parts.gaveUp()) {
                LOG.error("the database fails for every buildrequest, so none is set aside: {}", failure.reason());
                whole = Deadline.after(WHOLE, nanoTime.getAsLong());
            }
        }
    }

    private void setAside(Authority authority, int brid, String reason) {
        Duration pause = PAUSE_IF_UNKNOWN;
        try {
            pause = setAsides.add(authority.masterid(), brid, reason);
        } catch (StatementFailed | StoreUnreachable e) {
            LOG.debug("it is noted in this agent only", e);
        }
        aside.put(brid, Deadline.after(pause, nanoTime.getAsLong()));
        LOG.warn(
                "buildrequest {} is set aside, since the database fails for it; it is tried again in {} s: {}",
                brid,
                pause.toSeconds(),
                reason);
    }

    /** Learns what other agents have set aside. */
    private void learn() {
        try {
            long now = nanoTime.getAsLong();
            setAsides.current().forEach((brid, pause) -> aside.put(brid, Deadline.after(pause, now)));
        } catch (StatementFailed | StoreUnreachable e) {
            LOG.debug("what other agents set aside is not known", e);
        }
    }

    private void forgetWhatWorked(Turn.Outcome outcome) {
        Set<Integer> worked = new HashSet<>(outcome.completed());
        worked.addAll(outcome.released());
        outcome.claimed().forEach(claim -> worked.add(claim.brid()));
        worked.retainAll(aside.keySet());
        if (worked.isEmpty()) {
            return;
        }
        aside.keySet().removeAll(worked);
        try {
            setAsides.remove(worked);
        } catch (StatementFailed | StoreUnreachable e) {
            LOG.debug("the housekeeper forgets them when they are complete", e);
        }
    }

    private boolean isDue(int brid) {
        Deadline next = aside.get(brid);
        return next == null || next.isOver(nanoTime.getAsLong());
    }

    private Set<Integer> paused() {
        if (aside.isEmpty()) {
            return new HashSet<>();
        }
        // another master may have built what is not met any more
        aside.values().removeIf(next -> Deadline.after(FORGOTTEN, next.nanos()).isOver(nanoTime.getAsLong()));
        Set<Integer> paused = new HashSet<>(aside.keySet());
        paused.removeIf(this::isDue);
        return paused;
    }

    @Override
    public List<Candidate> candidates(Turn turn) {
        Set<Integer> passedOver = paused();
        passedOver.addAll(turn.passedOver());
        return claims.candidates(turn.claiming(turn.wanted(), turn.limit(), passedOver));
    }

    @Override
    public List<Claim> held(Authority authority) {
        return claims.held(authority);
    }

    @Override
    public void finishBuildsets(List<Integer> completedBrids) {
        claims.finishBuildsets(completedBrids);
    }

    @Override
    public boolean isPending(Collection<Integer> builderids) {
        return claims.isPending(builderids);
    }

    @Override
    public List<Integer> cancellations(Authority authority) {
        return claims.cancellations(authority);
    }
}
