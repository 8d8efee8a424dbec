package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quorate.agent.authority.AuthorizedStep;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.inbox.InboxRequest;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Link;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.spool.PendingCompletions;
import org.quorate.claim.Claim;
import org.quorate.claim.ClaimBackoff;
import org.quorate.claim.ClaimBudget;
import org.quorate.claim.Claims;
import org.quorate.claim.Turn;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Fenced;
import org.quorate.master.StoreUnreachable;
import org.quorate.master.UnknownOutcome;

/**
 * The agent's one claim loop. All messages that arrived since the last step become one {@link Turn}, so that completions and
 * claims share a commit. While the database does not answer, completions wait on disk. One thread, but for {@link #lookAgain}
 * and {@link #compare()}.
 */
public final class ClaimStep extends AuthorizedStep {
    private static final int REQUESTS_MAX = 400;
    /** A turn must end within the statement timeout, whatever a buildmaster asks for. */
    private static final int CLAIMS_MAX = 400;

    private static final Duration RETRY = Duration.ofMillis(250);

    private final Claims claims;
    private final Handshake handshake;
    private final HeldClaims held;
    private final BuildmasterInbox inbox;
    private final AttachedBuildmaster attached;
    private final PendingCompletions pending;
    private final LongSupplier nanoTime;
    private final Supplier<UUID> tokens;
    private final Duration poll;
    private final ClaimRecovery recovery;
    private final QueueLook queues;
    private final List<InboxRequest> waiting = new ArrayList<>();
    private boolean hasClaimed;
    private boolean databaseAway;
    private long lookedAtNanos;

    /**
     * What all claims of one master share.
     *
     * @param held claims of this master
     * @param pending completions that wait on disk
     */
    public record Parts(
            Claims claims,
            Handshake handshake,
            HeldClaims held,
            BuildmasterInbox inbox,
            AttachedBuildmaster attached,
            PendingCompletions pending) {}

    /**
     * Makes the step; it asks no store.
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
        this.tokens = tokens;
        this.poll = poll;
        this.recovery = new ClaimRecovery(claims, held, inbox, attached, nanoTime, metrics);
        this.queues = new QueueLook(handshake, CLAIMS_MAX);
        this.lookedAtNanos = nanoTime.getAsLong();
    }

    /** There may be something to claim that was not there at the last look. Any thread. */
    public void lookAgain() {
        queues.hintAnywhere();
        attached.send(Link::wake);
    }

    /** The session to the database is a new one. Any thread. */
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
                // its slot is free, and the request itself may be claimable again
                queues.hint();
            } else {
                waiting.add(request);
            }
        }
    }

    /**
     * If only the agent restarted, a hello waits here until the agent is registered: if it were rejected, the lease of the
     * buildmaster would run out, and its builds would end.
     */
    @Override
    protected Taken withoutAuthority() {
        MasterState state = masterState.current();
        List<InboxRequest> greetings = state.isRegistering()
                ? waiting.stream()
                        .filter(request -> request instanceof InboxRequest.Hello hello
                                && hello.link().isOpen())
                        .toList()
                : List.of();
        waiting.removeAll(greetings);
        rejectAll(new NotNow(state.reason().isEmpty() ? "this master does not trust itself now" : state.reason()));
        waiting.addAll(greetings);
        return new Taken("", poll);
    }

    @Override
    protected Taken take(Authority authority) {
        if (databaseAway) {
            doWithoutDatabase(authority);
        }
        commitPending(authority);
        pollIfDue();
        if (waiting.isEmpty() && !recovery.isDue()) {
            return rest("");
        }
        if (recovery.isDue()) {
            recovery.settle(authority, waiting);
        }
        answerHellos(authority);
        Taken taken = waiting.isEmpty() ? rest("") : turn(authority);
        databaseAway = false;
        return taken;
    }

    @Override
    protected void fenced(Fenced e) {
        rejectAll(e);
    }

    @Override
    protected String unreachable(Authority authority, StoreUnreachable e) {
        if (e instanceof UnknownOutcome) {
            recovery.doubt();
            metrics.unknown();
            pending.takeOver(authority, waiting);
            answerClaimsEmpty();
            return "outcome unknown, looking it up before the next turn: " + e.getMessage();
        }
        databaseAway = true;
        doWithoutDatabase(authority);
        answerClaimsEmpty();
        return "not claiming: " + e.getMessage() + "; " + pending.count() + " completions wait on disk";
    }

    /**
     * Writes completions to disk before anything else happens to them, and answers those hellos that need no database: a link
     * that broke must not end the builds behind it only because the database is away too.
     */
    private void doWithoutDatabase(Authority authority) {
        pending.takeOver(authority, waiting);
        for (InboxRequest.Hello hello : waiting(InboxRequest.Hello.class)) {
            handshake
                    .answerWithoutDatabase(promise(authority), hello.hello(), hello.link())
                    .ifPresent(answer -> answered(hello, answer));
        }
    }

    /** Commits completions in the order in which they came, and before the hello of a buildmaster that has forgotten them. */
    private void commitPending(Authority authority) {
        if (!pending.isEmpty()) {
            pending.commit(authority, (completion, accepted) -> held.remove(completion.attempt()));
            databaseAway = false;
        }
    }

    private void rejectAll(RuntimeException why) {
        pending.rejectAll(why);
        waiting.forEach(request -> request.reject(why));
        waiting.clear();
        queues.forgetMarks();
    }

    private void answerClaimsEmpty() {
        queues.hint();
        for (InboxRequest.ClaimWork claim : waiting(InboxRequest.ClaimWork.class)) {
            claim.answer().complete(List.of());
            waiting.remove(claim);
        }
    }

    private <T extends InboxRequest> List<T> waiting(Class<T> kind) {
        return waiting.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private void pollIfDue() {
        if (nanoTime.getAsLong() - lookedAtNanos >= poll.toNanos()) {
            lookedAtNanos = nanoTime.getAsLong();
            if (masterState.isOpen() && claims.isPending(handshake.builderids())) {
                lookAgain();
            }
        } else if (queues.becameDue(nanoTime.getAsLong())) {
            attached.send(Link::wake);
        }
    }

    /** Only an agent that has claimed nothing yet tells a buildmaster of claims whose answer was lost. */
    private void answerHellos(Authority authority) {
        for (InboxRequest.Hello hello : waiting(InboxRequest.Hello.class)) {
            Optional<UUID> unheard =
                    hasClaimed || isClosed() ? Optional.empty() : hello.hello().unanswered();
            hasClaimed |= unheard.isPresent();
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

    /** What one turn is made of: the messages, and what they may claim. */
    private record Work(
            List<InboxRequest.Complete> completes,
            List<InboxRequest.Release> releases,
            List<InboxRequest.ClaimWork> asks,
            ClaimBudget budget) {
        boolean isNothing() {
            return completes.isEmpty() && releases.isEmpty() && budget.isNothing();
        }

        Turn turn(UUID token) {
            return new Turn(
                    token,
                    completes.stream().map(InboxRequest.Complete::completion).toList(),
                    releases.stream().map(InboxRequest.Release::release).toList(),
                    budget.wanted(),
                    budget.limit());
        }
    }

    private Taken turn(Authority authority) {
        List<InboxRequest.ClaimWork> asks = waiting(InboxRequest.ClaimWork.class);
        Optional<FreeSlots> slots = asks.isEmpty()
                ? Optional.empty()
                : Optional.of(asks.get(asks.size() - 1).slots());
        Work work = new Work(
                waiting(InboxRequest.Complete.class),
                waiting(InboxRequest.Release.class),
                asks,
                slots.filter(any -> masterState.isOpen())
                        .map(free -> queues.budget(free, nanoTime.getAsLong()))
                        .orElse(ClaimBudget.NOTHING));
        if (work.isNothing()) {
            asks.forEach(ask -> ask.answer().complete(List.of()));
            waiting.removeAll(asks);
            return rest("");
        }
        // a token is of one turn: whatever becomes of the turn, the ask that named it is answered
        Turn turn = work.turn(slots.flatMap(FreeSlots::attempt).orElseGet(tokens));
        hasClaimed |= !work.budget().isNothing();
        long began = nanoTime.getAsLong();
        Turn.Outcome outcome = commit(authority, turn);
        Duration took = Duration.ofNanos(nanoTime.getAsLong() - began);
        waiting.clear();
        List<Integer> refused = answer(work, outcome);
        finishBuildsets(outcome);
        metrics.turned(outcome, refused.size(), took);
        return rest(sentence(turn, outcome, refused));
    }

    /** An unexpected error may come after the commit: then this master may hold claims that nobody knows. */
    private Turn.Outcome commit(Authority authority, Turn turn) {
        try {
            return claims.take(authority, turn);
        } catch (Fenced | DatabaseUnreachable e) {
            throw e;
        } catch (RuntimeException | Error e) {
            recovery.doubt();
            answerClaimsEmpty();
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
            if (!accepted) {
                refused.add(brid);
            }
            held.remove(brid);
            complete.answer().complete(accepted);
        }
        for (InboxRequest.Release release : work.releases()) {
            int brid = release.release().brid();
            held.remove(brid);
            release.answer().complete(released.contains(brid));
        }
        answerAsks(work, outcome);
        return refused;
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
        lookedAtNanos = now;
        if (outcome.draining()) {
            return;
        }
        queues.learn(work.budget(), outcome.claimed(), now);
        if (outcome.claimed().size() == CLAIMS_MAX) {
            // it has room for more
            attached.send(Link::wake);
        }
    }

    /** Releases too: a release completes what an operator wanted cancelled. */
    private void finishBuildsets(Turn.Outcome outcome) {
        List<Integer> ended = Stream.concat(outcome.completed().stream(), outcome.released().stream())
                .toList();
        if (!ended.isEmpty()) {
            claims.finishBuildsets(ended);
        }
    }

    private Taken rest(String sentence) {
        if (inbox.hasRequests()) {
            return new Taken(sentence, Duration.ZERO);
        }
        Duration next = queues.isWaiting() ? ClaimBackoff.SECOND_LOOK : poll;
        boolean sooner = recovery.isWanted() && ClaimReconciler.BETWEEN_LOOKS.compareTo(next) < 0;
        return new Taken(sentence, sooner ? ClaimReconciler.BETWEEN_LOOKS : next);
    }

    private static String sentence(Turn turn, Turn.Outcome outcome, List<Integer> refused) {
        if (!refused.isEmpty()) {
            return "refused completions of " + refused + ": this master does not hold these attempts";
        }
        if (outcome.draining()) {
            return "not claiming: drained";
        }
        if (outcome.claimed().isEmpty()) {
            return "";
        }
        return "claimed " + outcome.claimed().size() + " buildrequests: "
                + outcome.claimed().stream()
                        .collect(Collectors.groupingBy(Claim::builder, TreeMap::new, Collectors.counting()))
                + (turn.completions().isEmpty()
                        ? ""
                        : ", completed " + outcome.completed().size());
    }
}
