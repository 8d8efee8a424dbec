package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.InboxRequest;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.Link;
import org.quorate.agent.metrics.Metrics;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.ClaimBudget;
import org.quorate.claim.Claims;
import org.quorate.claim.Turn;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Fenced;

/** Makes one {@link Turn} of the messages that wait, commits it and answers them. One thread. */
final class ClaimTurns {
    private final Claims claims;
    private final HeldClaims held;
    private final QueueLook queues;
    private final ClaimRecovery recovery;
    private final AttachedBuildmaster attached;
    private final LongSupplier nanoTime;
    private final Supplier<UUID> tokens;
    private final Metrics metrics;
    private final PostponedEnds postponed = new PostponedEnds();
    private boolean hasClaimed;
    private long claimedAtNanos;

    ClaimTurns(
            Claims claims,
            HeldClaims held,
            QueueLook queues,
            ClaimRecovery recovery,
            AttachedBuildmaster attached,
            LongSupplier nanoTime,
            Supplier<UUID> tokens,
            Metrics metrics) {
        this.claims = claims;
        this.held = held;
        this.queues = queues;
        this.recovery = recovery;
        this.attached = attached;
        this.nanoTime = nanoTime;
        this.tokens = tokens;
        this.metrics = metrics;
        this.claimedAtNanos = nanoTime.getAsLong();
    }

    /** Returns whether this agent has claimed anything, or sent claims to a buildmaster, since it started. */
    boolean hasClaimed() {
        return hasClaimed;
    }

    /** Notes that the buildmaster receives claims that an earlier process of this agent made. */
    void sendsClaims() {
        hasClaimed = true;
    }

    /** Returns when a turn last looked at the queues. */
    long claimedAtNanos() {
        return claimedAtNanos;
    }

    /** Adds the completions and releases to these whose next try is due. */
    void resume(List<InboxRequest> waiting) {
        postponed.moveDue(waiting, nanoTime.getAsLong());
    }

    /** Adds all postponed completions and releases to these. */
    void giveUp(List<InboxRequest> waiting) {
        postponed.moveAll(waiting);
    }

    /** The time until the next try of what was postponed; empty if nothing was. */
    Optional<Duration> nextTry() {
        return postponed.next(nanoTime.getAsLong());
    }

    /** Answers the asks among these with nothing, or not now; the buildmaster asks again. */
    void answerEmpty(List<InboxRequest> waiting) {
        queues.hint();
        for (InboxRequest.Candidates request : of(InboxRequest.Candidates.class, waiting)) {
            request.reject(new NotNow("the database cannot be reached"));
            waiting.remove(request);
        }
        for (InboxRequest.ClaimWork ask : of(InboxRequest.ClaimWork.class, waiting)) {
            ask.answer().complete(List.of());
            waiting.remove(ask);
        }
    }

    static <T extends InboxRequest> List<T> of(Class<T> kind, List<InboxRequest> requests) {
        return requests.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** The content of one turn: the messages, and how much they may claim. */
    private record Work(
            List<InboxRequest.Complete> completes,
            List<InboxRequest.Release> releases,
            List<InboxRequest.ClaimWork> asks,
            ClaimBudget budget,
            List<Turn.Chosen> chosen) {
        boolean isNothing() {
            return completes.isEmpty() && releases.isEmpty() && !claims();
        }

        boolean claims() {
            return !budget.isNothing() || !chosen.isEmpty();
        }

        /** Returns the claims that came from the heads of the queues. */
        List<Claim> heads(List<Claim> claimed) {
            Set<Integer> brids = chosen.stream().map(Turn.Chosen::brid).collect(Collectors.toSet());
            return claimed.stream()
                    .filter(claim -> !brids.contains(claim.brid()))
                    .toList();
        }

        Turn turn(UUID token) {
            return new Turn(
                    token,
                    completes.stream().map(InboxRequest.Complete::completion).toList(),
                    releases.stream().map(InboxRequest.Release::release).toList(),
                    budget.wanted(),
                    budget.limit(),
                    Set.of(),
                    chosen);
        }
    }

    /**
     * Commits what waits, and answers it.
     *
     * @param waiting is empty afterwards, if this returns
     * @param isOpen whether this master may claim; the database decides what a drained one may
     * @return the step's sentence
     */
    String take(Authority authority, List<InboxRequest> waiting, boolean isOpen) {
        List<InboxRequest.ClaimWork> asks = of(InboxRequest.ClaimWork.class, waiting);
        Optional<FreeSlots> slots = asks.isEmpty()
                ? Optional.empty()
                : Optional.of(asks.get(asks.size() - 1).slots());
        Work work = new Work(
                of(InboxRequest.Complete.class, waiting),
                of(InboxRequest.Release.class, waiting),
                asks,
                slots.filter(any -> isOpen)
                        .map(free -> queues.budget(free, nanoTime.getAsLong()))
                        .orElse(ClaimBudget.NOTHING),
                slots.filter(any -> isOpen).map(queues::chosen).orElse(List.of()));
        if (work.isNothing()) {
            asks.forEach(ask -> ask.answer().complete(List.of()));
            waiting.removeAll(asks);
            return "";
        }
        // a token belongs to one turn: however the turn ends, the claim message that named the token is answered
        Turn turn = work.turn(slots.flatMap(FreeSlots::attempt).orElseGet(tokens));
        hasClaimed |= work.claims();
        long began = nanoTime.getAsLong();
        Turn.Outcome outcome = commit(authority, turn, waiting);
        Duration took = Duration.ofNanos(nanoTime.getAsLong() - began);
        waiting.clear();
        List<Integer> refused = answer(work, outcome);
        finishBuildsets(outcome);
        metrics.turned(outcome, refused.size(), took);
        return sentence(turn, outcome, refused);
    }

    /** An unexpected error may come after the commit; this master may then hold claims that nobody knows. */
    private Turn.Outcome commit(Authority authority, Turn turn, List<InboxRequest> waiting) {
        try {
            return claims.take(authority, turn);
        } catch (Fenced | DatabaseUnreachable e) {
            throw e;
        } catch (RuntimeException | Error e) {
            recovery.doubt();
            answerEmpty(waiting);
            throw e;
        }
    }

    /** Returns the buildrequests whose completions the database refused. */
    private List<Integer> answer(Work work, Turn.Outcome outcome) {
        Set<Integer> completed = new HashSet<>(outcome.completed());
        Set<Integer> released = new HashSet<>(outcome.released());
        List<Integer> refused = new ArrayList<>();
        for (InboxRequest.Complete complete : work.completes()) {
            int brid = complete.completion().brid();
            boolean accepted = completed.contains(brid);
            if (isLater(complete.completion().attempt(), complete, outcome)) {
                continue;
            }
            if (!accepted) {
                refused.add(brid);
            }
            held.remove(brid);
            complete.answer().complete(accepted);
        }
        for (InboxRequest.Release release : work.releases()) {
            int brid = release.release().brid();
            if (isLater(release.release().attempt(), release, outcome)) {
                continue;
            }
            held.remove(brid);
            release.answer().complete(released.contains(brid));
        }
        answerAsks(work, outcome);
        return refused;
    }

    /** Returns whether the end of this attempt is to be tried again later, and postpones it then. */
    private boolean isLater(Attempt attempt, InboxRequest request, Turn.Outcome outcome) {
        if (outcome.later().contains(attempt.brid())) {
            postponed.postpone(attempt, request, nanoTime.getAsLong());
            return true;
        }
        postponed.ended(attempt);
        return false;
    }

    private void answerAsks(Work work, Turn.Outcome outcome) {
        outcome.claimed().forEach(held::add);
        List<InboxRequest.ClaimWork> asks = work.asks();
        for (int i = 0; i < asks.size(); i++) {
            boolean last = i == asks.size() - 1;
            asks.get(i).answer().complete(last ? outcome.claimed() : List.of());
        }
        if (work.budget().isNothing()) {
            return;
        }
        long now = nanoTime.getAsLong();
        claimedAtNanos = now;
        if (outcome.draining()) {
            return;
        }
        queues.learn(work.budget(), work.heads(outcome.claimed()), now);
        if (outcome.claimed().size() == QueueLook.CLAIMS_MAX) {
            // the buildmaster may have free slots for more
            attached.send(Link::wake);
        }
    }

    /** Includes releases: the release of a buildrequest that an operator cancelled completes it. */
    private void finishBuildsets(Turn.Outcome outcome) {
        List<Integer> ended = Stream.concat(outcome.completed().stream(), outcome.released().stream())
                .toList();
        if (!ended.isEmpty()) {
            claims.finishBuildsets(ended);
        }
    }

    private static String sentence(Turn turn, Turn.Outcome outcome, List<Integer> refused) {
        if (!refused.isEmpty()) {
            return "refused completions of " + refused + ": this master does not hold these attempts";
        }
        if (outcome.draining() && outcome.claimed().isEmpty()) {
            return "not claiming: drained";
        }
        String later = outcome.later().isEmpty()
                ? ""
                : "will try again to complete or release " + new TreeSet<>(outcome.later())
                        + ": another session has locked them, or they are set aside";
        if (outcome.claimed().isEmpty()) {
            return later;
        }
        return "claimed " + outcome.claimed().size() + " buildrequests: "
                + outcome.claimed().stream()
                        .collect(Collectors.groupingBy(Claim::builder, TreeMap::new, Collectors.counting()))
                + (turn.completions().isEmpty()
                        ? ""
                        : ", completed " + outcome.completed().size())
                + (later.isEmpty() ? "" : "; " + later);
    }
}
