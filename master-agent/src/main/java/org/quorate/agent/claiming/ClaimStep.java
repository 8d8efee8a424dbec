package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.quorate.agent.authority.AuthorizedStep;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.inbox.InboxRequest;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Link;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.spool.PendingCompletions;
import org.quorate.claim.ClaimBackoff;
import org.quorate.claim.Claims;
import org.quorate.claim.Turn;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.master.StoreUnreachable;
import org.quorate.master.UnknownOutcome;
import org.quorate.time.DurationOrder;

/**
 * The agent's one claim loop. All messages that arrived since the last step become one {@link Turn}, so that
 * completions and claims share a commit. While the database does not answer, completions wait on disk. One thread,
 * except {@link #lookAgain} and {@link #compare()}.
 */
public final class ClaimStep extends AuthorizedStep {
    private static final int REQUESTS_MAX = 400;
    private static final Duration RETRY = Duration.ofMillis(250);

    private final Claims claims;
    private final Handshake handshake;
    private final HeldClaims held;
    private final BuildmasterInbox inbox;
    private final AttachedBuildmaster attached;
    private final PendingCompletions pending;
    private final LongSupplier nanoTime;
    private final ClaimTurns turns;
    private final Duration poll;
    private final ClaimRecovery recovery;
    private final QueueLook queues;
    private final Offers offers;
    private final List<InboxRequest> waiting = new ArrayList<>();
    private boolean databaseAway;
    private volatile int completionsInMemory;
    private long polledAtNanos;

    /**
     * The parts that all claims of one master share.
     *
     * @param held claims of this master
     * @param pending completions that wait on disk
     * @param candidatesMax how many buildrequests of one builder the buildmaster may choose from
     */
    public record Parts(
            Claims claims,
            Handshake handshake,
            HeldClaims held,
            BuildmasterInbox inbox,
            AttachedBuildmaster attached,
            PendingCompletions pending,
            int candidatesMax) {}

    /**
     * Makes the step without a query to either store.
     *
     * @param tokens never the same twice
     */
    public ClaimStep(
            Parts parts,
            MasterStateHolder masterState,
            LongSupplier nanoTime,
            Supplier<UUID> tokens,
            Duration poll,
            Metrics metrics) {
        super(masterState, metrics, RETRY);
        this.claims = parts.claims();
        this.handshake = parts.handshake();
        this.held = parts.held();
        this.inbox = parts.inbox();
        this.attached = parts.attached();
        this.pending = parts.pending();
        this.nanoTime = nanoTime;
        this.poll = poll;
        this.recovery = new ClaimRecovery(claims, held, inbox, attached, nanoTime, metrics);
        this.queues = new QueueLook(handshake);
        this.offers = new Offers(claims, handshake, parts.candidatesMax());
        this.turns = new ClaimTurns(claims, held, queues, recovery, attached, nanoTime, tokens, metrics);
        this.polledAtNanos = nanoTime.getAsLong();
    }

    /** Looks again: there may be something to claim that was not there at the last look. Any thread. */
    public void lookAgain() {
        queues.hintAnywhere();
        attached.send(Link::wake);
    }

    /** Returns how many completions wait for the database outside the spool, since it cannot be written. Any thread. */
    public int completionsInMemory() {
        return completionsInMemory;
    }

    /** Compares the claims with the database, because the session to it was replaced. Any thread. */
    public void compare() {
        recovery.compareSoon();
    }

    @Override
    protected void prepare(Optional<Authority> authority) {
        for (int i = waiting.size(); i < REQUESTS_MAX; i++) {
            InboxRequest request = inbox.nextRequest();
            if (request == null) {
                return;
            }
            if (request instanceof InboxRequest.Ended ended) {
                held.remove(ended.attempt());
                // the slot is free, and the buildrequest itself may be claimable again
                queues.hint();
            } else {
                waiting.add(request);
            }
        }
    }

    /**
     * If only the agent restarted, a hello waits here until the agent is registered: if it were rejected, the lease of
     * the buildmaster would run out, and its builds would end.
     */
    @Override
    protected Taken withoutAuthority() {
        MasterState state = masterState.current();
        List<InboxRequest> hellos = state.isRegistering()
                ? waiting.stream()
                        .filter(request -> request instanceof InboxRequest.Hello hello
                                && hello.link().isOpen())
                        .toList()
                : List.of();
        waiting.removeAll(hellos);
        completionsInMemory = 0;
        rejectAll(new NotNow(state.reason().isEmpty() ? "this master does not trust itself now" : state.reason()));
        waiting.addAll(hellos);
        return new Taken("", poll);
    }

    @Override
    protected Taken take(Authority authority) {
        if (databaseAway) {
            doWithoutDatabase(authority);
        }
        commitPending(authority);
        turns.resume(waiting);
        pollIfDue();
        if (waiting.isEmpty() && !recovery.isDue()) {
            return rest("");
        }
        if (recovery.isDue()) {
            recovery.settle(authority, waiting);
        }
        answerHellos(authority);
        offers.answer(waiting, masterState.isOpen());
        String sentence = waiting.isEmpty() ? "" : turns.take(authority, waiting, masterState.mayClaim());
        databaseAway = false;
        return rest(sentence);
    }

    @Override
    protected void fenced(Fenced e) {
        rejectAll(e);
    }

    @Override
    protected void ended() {
        completionsInMemory =
                ClaimTurns.of(InboxRequest.Complete.class, waiting).size();
    }

    @Override
    protected String unreachable(Authority authority, StoreUnreachable e) {
        turns.giveUp(waiting);
        if (e instanceof UnknownOutcome) {
            recovery.doubt();
            metrics.unknown();
            pending.takeOver(authority, waiting);
            turns.answerEmpty(waiting);
            return "outcome unknown, looking it up before the next turn: " + e.getMessage();
        }
        databaseAway = true;
        doWithoutDatabase(authority);
        turns.answerEmpty(waiting);
        return "not claiming: " + e.getMessage() + "; " + pending.count() + " completions wait on disk";
    }

    /**
     * Writes completions to disk before anything else happens to them, and answers the hellos that need no database: a
     * broken link must not end its builds only because the database is unreachable too.
     */
    private void doWithoutDatabase(Authority authority) {
        pending.takeOver(authority, waiting);
        for (InboxRequest.Hello hello : ClaimTurns.of(InboxRequest.Hello.class, waiting)) {
            handshake
                    .answerWithoutDatabase(promise(authority), hello.hello(), hello.link())
                    .ifPresent(answer -> answered(hello, answer));
        }
    }

    /** Commits completions in their order of arrival, and before the hello of a buildmaster that has forgotten them. */
    private void commitPending(Authority authority) {
        if (!pending.isEmpty()) {
            pending.commit(authority, (completion, accepted) -> held.remove(completion.attempt()));
            databaseAway = false;
        }
    }

    private void rejectAll(RuntimeException why) {
        pending.rejectAll(why);
        turns.giveUp(waiting);
        waiting.forEach(request -> request.reject(why));
        waiting.clear();
        queues.forgetMarks();
    }

    private void pollIfDue() {
        long now = nanoTime.getAsLong();
        long sinceLook = Math.min(now - polledAtNanos, now - turns.claimedAtNanos());
        if (sinceLook >= poll.toNanos()) {
            polledAtNanos = now;
            if (masterState.isOpen() && claims.isPending(handshake.builderids())) {
                lookAgain();
            }
        } else if (queues.becameDue(now)) {
            attached.send(Link::wake);
        }
    }

    /** Only an agent that has claimed nothing yet hands a buildmaster the claims whose answer was lost. */
    private void answerHellos(Authority authority) {
        for (InboxRequest.Hello hello : ClaimTurns.of(InboxRequest.Hello.class, waiting)) {
            Optional<UUID> unheard = turns.hasClaimed() || isClosed()
                    ? Optional.empty()
                    : hello.hello().unanswered();
            if (unheard.isPresent()) {
                turns.sendsClaims();
            }
            answered(hello, handshake.answer(promise(authority), hello.hello(), hello.link(), unheard));
        }
    }

    private Handshake.Promise promise(Authority authority) {
        return new Handshake.Promise(authority, masterState.remaining(), isClosed());
    }

    private boolean isClosed() {
        return masterState.current().draining() || masterState.current().stopping();
    }

    private void answered(InboxRequest.Hello hello, HelloAnswer answer) {
        waiting.remove(hello);
        hello.answer().complete(answer);
        queues.hint();
        queues.forgetMarks();
    }

    private Taken rest(String sentence) {
        if (inbox.hasRequests()) {
            return new Taken(sentence, Duration.ZERO);
        }
        Duration next = queues.isWaiting() ? ClaimBackoff.SECOND_LOOK : poll;
        Duration look = recovery.isWanted() ? DurationOrder.shorter(ClaimReconciler.BETWEEN_LOOKS, next) : next;
        return new Taken(
                sentence,
                turns.nextTry().map(again -> DurationOrder.shorter(again, look)).orElse(look));
    }
}
