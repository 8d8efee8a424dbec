package org.quorate.agent.claiming;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.StatementFailed;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;

/**
 * One turn for which the database failed, taken apart: it is halved until the buildrequests are found for which the
 * database fails, and all others are completed, released and claimed. Each part is a transaction of its own. Used for
 * one turn; one thread.
 */
final class TurnInParts {
    /** So many buildrequests that fail while none succeeds mean that they are not to blame. */
    private static final int FAILURES_MAX = 8;

    private final Claims claims;
    private final Authority authority;
    private final Turn turn;
    private final StatementFailed failure;
    private final boolean claiming;
    private final List<Integer> completed = new ArrayList<>();
    private final List<Integer> released = new ArrayList<>();
    private final Map<Integer, Claim> claimed = new LinkedHashMap<>();
    private final Set<Integer> later = new HashSet<>();
    private final Map<Integer, String> failed = new LinkedHashMap<>();
    private boolean draining;
    private boolean committed;
    private Phase phase = new Phase();
    private boolean gaveUp;

    /** The ends, or the claims, of the turn: what failed in it, and whether anything succeeded. */
    private static final class Phase {
        private final Map<Integer, String> failed = new LinkedHashMap<>();
        private boolean worked;

        boolean isHopeless() {
            return !worked && failed.size() >= FAILURES_MAX;
        }
    }

    /** An end of a claim: a completion or a release. */
    private record End(List<Completion> completions, List<Turn.Release> releases, int brid) {}

    /**
     * Makes the parts.
     *
     * @param failure why the turn failed
     * @param claiming false: only its completions and releases
     */
    TurnInParts(Claims claims, Authority authority, Turn turn, StatementFailed failure, boolean claiming) {
        this.claiming = claiming;
        this.claims = claims;
        this.authority = authority;
        this.turn = turn;
        this.failure = failure;
    }

    /**
     * Runs the turn. Throws {@link StatementFailed} if no buildrequest is to blame, and what {@link Claims#take} throws
     * if nothing was committed yet.
     */
    Turn.Outcome run() {
        List<End> ends = new ArrayList<>();
        turn.completions().forEach(each -> ends.add(new End(List.of(each), List.of(), each.brid())));
        turn.releases().forEach(each -> ends.add(new End(List.of(), List.of(each), each.brid())));
        ends.forEach(end -> later.add(end.brid()));
        try {
            end(ends);
            finishPhase();
            if (claiming && turn.takesHeads() && !draining) {
                claim();
                finishPhase();
            }
            if (claiming && !draining) {
                claimChosen(turn.chosen());
                finishPhase();
            }
        } catch (DatabaseUnreachable e) {
            if (!committed) {
                throw e;
            }
        }
        if (!committed && failed.isEmpty()) {
            throw failure;
        }
        return new Turn.Outcome(completed, released, List.copyOf(claimed.values()), draining, later);
    }

    private void finishPhase() {
        if (phase.isHopeless()) {
            gaveUp = true;
        } else {
            failed.putAll(phase.failed);
        }
        phase = new Phase();
    }

    /** Returns whether all of it failed, so that no buildrequest is to blame. */
    boolean gaveUp() {
        return gaveUp;
    }

    /** The buildrequests for which the database failed, each with the reason. */
    Map<Integer, String> failed() {
        return failed;
    }

    private void end(List<End> ends) {
        if (ends.isEmpty() || phase.isHopeless()) {
            return;
        }
        Turn part = new Turn(
                turn.token(),
                ends.stream().flatMap(end -> end.completions().stream()).toList(),
                ends.stream().flatMap(end -> end.releases().stream()).toList(),
                List.of(),
                0);
        try {
            Turn.Outcome outcome = claims.take(authority, part);
            add(outcome);
            ends.forEach(end -> later.remove(end.brid()));
            later.addAll(outcome.later());
        } catch (StatementFailed e) {
            if (ends.size() == 1) {
                note(ends.get(0).brid(), e);
                return;
            }
            end(ends.subList(0, ends.size() / 2));
            end(ends.subList(ends.size() / 2, ends.size()));
        }
    }

    private void claim() {
        try {
            add(claims.take(authority, turn.claiming(turn.wanted(), turn.limit(), turn.passedOver())));
        } catch (StatementFailed e) {
            List<Claims.Candidate> candidates = candidates();
            claimPart(candidates, candidates);
        }
    }

    private List<Claims.Candidate> candidates() {
        try {
            return claims.candidates(turn);
        } catch (StatementFailed e) {
            gaveUp = true;
            return List.of();
        }
    }

    private void claimPart(List<Claims.Candidate> part, List<Claims.Candidate> all) {
        if (part.isEmpty() || phase.isHopeless()) {
            return;
        }
        Map<Integer, Integer> counts = new HashMap<>();
        part.forEach(candidate -> counts.merge(candidate.builderid(), 1, Integer::sum));
        List<Wanted> wanted = turn.wanted().stream()
                .filter(each -> counts.containsKey(each.builderid()))
                .map(each -> new Wanted(each.builderid(), counts.getOrDefault(each.builderid(), 0), each.floor()))
                .toList();
        Set<Integer> passedOver = new HashSet<>(turn.passedOver());
        all.forEach(candidate -> passedOver.add(candidate.brid()));
        part.forEach(candidate -> passedOver.remove(candidate.brid()));
        try {
            add(claims.take(authority, turn.claiming(wanted, part.size(), passedOver)));
        } catch (StatementFailed e) {
            if (part.size() == 1) {
                note(part.get(0).brid(), e);
                return;
            }
            claimPart(part.subList(0, part.size() / 2), all);
            claimPart(part.subList(part.size() / 2, part.size()), all);
        }
    }

    private void claimChosen(List<Turn.Chosen> part) {
        if (part.isEmpty() || phase.isHopeless()) {
            return;
        }
        try {
            add(claims.take(authority, turn.claiming(part)));
        } catch (StatementFailed e) {
            if (part.size() == 1) {
                note(part.get(0).brid(), e);
                return;
            }
            claimChosen(part.subList(0, part.size() / 2));
            claimChosen(part.subList(part.size() / 2, part.size()));
        }
    }

    private void note(int brid, StatementFailed e) {
        phase.failed.put(brid, e.reason());
    }

    private void add(Turn.Outcome outcome) {
        committed = true;
        phase.worked = true;
        completed.addAll(outcome.completed());
        released.addAll(outcome.released());
        // if the commit of a part is looked up, the claims of earlier parts of this turn are among those found
        outcome.claimed().forEach(claim -> claimed.putIfAbsent(claim.brid(), claim));
        draining |= outcome.draining();
    }
}
