package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.BuildmasterInbox.ClaimErrand;
import org.quorate.agent.inbox.BuildmasterInbox.CompleteErrand;
import org.quorate.agent.inbox.BuildmasterInbox.EndedErrand;
import org.quorate.agent.inbox.BuildmasterInbox.Errand;
import org.quorate.agent.inbox.BuildmasterInbox.HelloErrand;
import org.quorate.agent.inbox.BuildmasterInbox.ReleaseErrand;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Link;
import org.quorate.agent.loop.Step;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.spool.PendingCompletions;
import org.quorate.claim.Claim;
import org.quorate.claim.ClaimBudget.Room;
import org.quorate.claim.ClaimBudget;
import org.quorate.claim.Claims;
import org.quorate.claim.LowWaterMarks;
import org.quorate.claim.ClaimBackoff;
import org.quorate.claim.Turn;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Fenced;
import org.quorate.master.UnknownOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's one claim loop: everything that the buildmaster laid down since the last step becomes one {@link Turn}, so
 * that completions and claims share a commit. While the database is away completions wait on disk. One thread, but for {@link
 * #lookAgain} and {@link #compare()}.
 */
public final class ClaimStep implements Step {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimStep.class);
    private static final int MOST_ERRANDS = 400;
    /** A turn must end within the statement timeout, whatever a buildmaster asks for. */
    private static final int MOST_CLAIMS = 400;

    private static final Duration RETRY = Duration.ofMillis(250);

    private final Claims claims;
    private final Reception reception;
    private final BuildmasterInbox desk;
    private final PendingCompletions postponed;
    private final MasterStateHolder masterState;
    private final LongSupplier nanoTime;
    private final Supplier<UUID> tokens;
    private final Duration poll;
    private final Metrics metrics;
    private final LowWaterMarks floors = new LowWaterMarks();
    private final ClaimBackoff lookout = new ClaimBackoff();
    private final AtomicBoolean hinted = new AtomicBoolean(true);
    private final AtomicBoolean belowTheFloor = new AtomicBoolean();
    private final ClaimReconciler comparison = new ClaimReconciler();
    private final List<Errand> waiting = new ArrayList<>();
    private boolean inDoubt;
    private boolean hasClaimed;
    private boolean databaseAway;
    private long lookedAtNanos;

    public ClaimStep(
            Claims claims,
            Reception reception,
            BuildmasterInbox desk,
            PendingCompletions postponed,
            MasterStateHolder masterState,
            LongSupplier nanoTime,
            Supplier<UUID> tokens,
            Duration poll,
            Metrics metrics) {
        this.claims = claims;
        this.reception = reception;
        this.desk = desk;
        this.postponed = postponed;
        this.masterState = masterState;
        this.nanoTime = nanoTime;
        this.tokens = tokens;
        this.poll = poll;
        this.metrics = metrics;
        this.lookedAtNanos = nanoTime.getAsLong();
    }

    /** There may be something to claim that was not there at the last look. Any thread. */
    public void lookAgain() {
        belowTheFloor.set(true);
        hinted.set(true);
        desk.tell(link -> link.wake());
    }

    /** The session to the database is a new one. Any thread. */
    public void compare() {
        comparison.want();
    }

    @Override
    public Taken take() {
        gather();
        Optional<Authority> authority = masterState.authority();
        if (authority.isEmpty()) {
            refuse(masterState.standing());
            return new Taken("", poll);
        }
        try {
            if (databaseAway) {
                sitOut(authority.get());
            }
            tellPostponed(authority.get());
            pollIfDue();
            if (waiting.isEmpty() && !inDoubt && !comparison.isDue(nanoTime.getAsLong())) {
                return rest("");
            }
            Taken taken = turn(authority.get());
            databaseAway = false;
            return taken;
        } catch (Fenced e) {
            metrics.refusedWrite();
            masterState.doubt(authority.get(), String.valueOf(e.getMessage()));
            refuseAll(e);
            return new Taken("fenced: " + e.getMessage(), RETRY);
        } catch (DatabaseUnreachable e) {
            databaseAway = true;
            sitOut(authority.get());
            answerClaimsEmpty();
            return new Taken(
                    "not claiming: " + e.getMessage() + "; " + postponed.count() + " completions wait on disk", RETRY);
        } catch (UnknownOutcome e) {
            inDoubt = true;
            metrics.unknown();
            postponed.takeOver(authority.get(), waiting);
            answerClaimsEmpty();
            return new Taken("outcome unknown, looking it up before the next turn: " + e.getMessage(), RETRY);
        }
    }

    private void gather() {
        for (int i = waiting.size(); i < MOST_ERRANDS; i++) {
            Errand errand = desk.nextErrand();
            if (errand == null) {
                return;
            }
            if (errand instanceof EndedErrand ended) {
                reception.forget(ended.brid(), ended.attempt());
                // its slot is free, and the request itself may be claimable again
                hinted.set(true);
            } else {
                waiting.add(errand);
            }
        }
    }

    /** What can be done without the database. Completions go to the disk before anything else happens with them. */
    private void sitOut(Authority authority) {
        postponed.takeOver(authority, waiting);
        receiveAgain(authority);
    }

    /** In the order in which they were said: before the hello of a buildmaster that does not know of them any more. */
    private void tellPostponed(Authority authority) {
        if (!postponed.isEmpty()) {
            postponed.tell(
                    authority, (completion, accepted) -> reception.forget(completion.brid(), completion.attempt()));
            databaseAway = false;
        }
    }

    /**
     * The hello of a buildmaster that its agent's restart did not end waits for the registration: while it asked again its lease
     * would run out, and its builds with it.
     */
    private void refuse(MasterState standing) {
        List<Errand> greetings = standing.isRegistering()
                ? waiting.stream()
                        .filter(errand -> errand instanceof HelloErrand hello
                                && hello.link().isOpen())
                        .toList()
                : List.of();
        waiting.removeAll(greetings);
        refuseAll(
                new NotNow(standing.reason().isEmpty() ? "this master does not trust itself now" : standing.reason()));
        waiting.addAll(greetings);
    }

    private void refuseAll(RuntimeException why) {
        postponed.refuseAll(why);
        waiting.forEach(errand -> errand.refuse(why));
        waiting.clear();
        floors.forgetAll();
    }

    private void answerClaimsEmpty() {
        hinted.set(true);
        waiting.removeIf(errand -> {
            if (errand instanceof ClaimErrand claim) {
                claim.answer().complete(List.of());
                return true;
            }
            return false;
        });
    }

    private void pollIfDue() {
        if (nanoTime.getAsLong() - lookedAtNanos >= poll.toNanos()) {
            lookedAtNanos = nanoTime.getAsLong();
            if (masterState.isOpen() && claims.isPending(reception.builderids())) {
                lookAgain();
            }
        } else if (lookout.becameDue(nanoTime.getAsLong())) {
            desk.tell(link -> link.wake());
        }
    }

    private Taken turn(Authority authority) {
        if (inDoubt || comparison.isDue(nanoTime.getAsLong())) {
            settleDoubt(authority);
        }
        for (Errand errand : List.copyOf(waiting)) {
            if (errand instanceof HelloErrand hello) {
                receive(authority, hello);
            }
        }
        return waiting.isEmpty() ? rest("") : work(authority);
    }

    /** Claims that a lost answer kept from us go back; completions are sent again and answered by the history. */
    private void settleDoubt(Authority authority) {
        boolean compare = comparison.begin(nanoTime.getAsLong());
        try {
            List<Claim> claimed = claims.held(authority);
            Set<Hello.Running> ending = ending();
            if (inDoubt) {
                Set<Integer> known = reception.known();
                for (Claim claim : claimed) {
                    if (!known.contains(claim.brid())) {
                        desk.give(new Turn.Release(claim.brid(), claim.attempt(), "the answer to its claim was lost"));
                        ending.add(new Hello.Running(claim.brid(), claim.attempt()));
                    }
                }
                inDoubt = false;
            }
            if (compare) {
                compare(claimed, ending);
            }
        } catch (RuntimeException e) {
            if (compare) {
                comparison.want();
            }
            throw e;
        }
    }

    /**
     * Where the database has lost a claim, or its end, the buildmaster is to say hello again: the answer to that settles what it
     * runs.
     */
    private void compare(List<Claim> claimed, Set<Hello.Running> ending) {
        if (desk.attached().isEmpty()) {
            comparison.forget();
            return;
        }
        Set<Hello.Running> ours = reception.attempts();
        Set<Hello.Running> theirs = Reception.attempts(claimed);
        ours.removeAll(ending);
        theirs.removeAll(ending);
        comparison.look(ours, theirs, nanoTime.getAsLong()).ifPresent(difference -> {
            LOG.warn("the database is not as it was, as after a failover to a standby that lagged: {}", difference);
            metrics.lost(difference.lost().size());
            desk.tell(Link::close);
        });
    }

    /** Attempts of which the buildmaster has said already that they are over. */
    private Set<Hello.Running> ending() {
        Set<Hello.Running> ending = new HashSet<>();
        for (Errand errand : waiting) {
            if (errand instanceof CompleteErrand complete) {
                ending.add(new Hello.Running(
                        complete.completion().brid(), complete.completion().attempt()));
            } else if (errand instanceof ReleaseErrand release) {
                ending.add(new Hello.Running(
                        release.release().brid(), release.release().attempt()));
            }
        }
        return ending;
    }

    /** While the database is away the hello of an unknown buildmaster waits here, as completions do. */
    private void receive(Authority authority, HelloErrand errand) {
        Optional<UUID> unheard =
                hasClaimed || isClosed() ? Optional.empty() : errand.hello().unanswered();
        hasClaimed |= unheard.isPresent();
        received(
                errand,
                reception.receive(authority, errand.hello(), errand.link(), unheard, masterState.remaining(), isClosed()));
    }

    /** A link that broke must not end the builds behind it, only because the database is away too: the lease would run out. */
    private void receiveAgain(Authority authority) {
        for (Errand errand : List.copyOf(waiting)) {
            if (errand instanceof HelloErrand hello) {
                reception
                        .receiveAgain(authority, hello.hello(), hello.link(), masterState.remaining(), isClosed())
                        .ifPresent(answer -> received(hello, answer));
            }
        }
    }

    private boolean isClosed() {
        return masterState.standing().draining() || masterState.standing().stopping();
    }

    private void received(HelloErrand errand, HelloAnswer answer) {
        waiting.remove(errand);
        errand.answer().complete(answer);
        hinted.set(true);
        floors.forgetAll();
    }

    private Taken work(Authority authority) {
        List<CompleteErrand> completes = waiting.stream()
                .filter(CompleteErrand.class::isInstance)
                .map(CompleteErrand.class::cast)
                .toList();
        List<ReleaseErrand> releases = waiting.stream()
                .filter(ReleaseErrand.class::isInstance)
                .map(ReleaseErrand.class::cast)
                .toList();
        List<ClaimErrand> asks = waiting.stream()
                .filter(ClaimErrand.class::isInstance)
                .map(ClaimErrand.class::cast)
                .toList();
        ClaimBudget budget = budget(asks);
        Turn turn = new Turn(
                attempt(asks),
                completes.stream().map(CompleteErrand::completion).toList(),
                releases.stream().map(ReleaseErrand::release).toList(),
                budget.wanted(),
                budget.limit());
        if (turn.completions().isEmpty() && turn.releases().isEmpty() && budget.isNothing()) {
            asks.forEach(ask -> ask.answer().complete(List.of()));
            waiting.removeAll(asks);
            return rest("");
        }
        hasClaimed |= !budget.isNothing();
        long began = nanoTime.getAsLong();
        Turn.Outcome outcome = taken(authority, turn);
        waiting.clear();
        return settle(turn, budget, outcome, completes, releases, asks, Duration.ofNanos(nanoTime.getAsLong() - began));
    }

    /** Each ask is of one turn at most: whatever becomes of the turn, it is answered. */
    private UUID attempt(List<ClaimErrand> asks) {
        return asks.isEmpty() ? tokens.get() : last(asks).attempt().orElseGet(tokens);
    }

    private static FreeSlots last(List<ClaimErrand> asks) {
        return asks.get(asks.size() - 1).ask();
    }

    /** An error that nobody expects may come after the commit as well: then claims may be held that nobody heard of. */
    private Turn.Outcome taken(Authority authority, Turn turn) {
        try {
            return claims.take(authority, turn);
        } catch (Fenced | DatabaseUnreachable e) {
            throw e;
        } catch (RuntimeException | Error e) {
            inDoubt = true;
            answerClaimsEmpty();
            throw e;
        }
    }

    /** Nothing new was heard of since an empty look: then the database is not asked again before the poll. */
    private ClaimBudget budget(List<ClaimErrand> asks) {
        if (asks.isEmpty() || !masterState.isOpen()) {
            return ClaimBudget.NOTHING;
        }
        if (hinted.getAndSet(false)) {
            lookout.forgetAll();
        }
        if (belowTheFloor.getAndSet(false)) {
            floors.forgetAll();
        }
        FreeSlots last = last(asks);
        List<Room> rooms = new ArrayList<>();
        last.slots()
                .forEach(
                        (builder, free) -> reception.builderid(builder).ifPresent(id -> rooms.add(new Room(id, free))));
        ClaimBudget budget = ClaimBudget.of(last.limit(), MOST_CLAIMS, rooms, floors, nanoTime.getAsLong());
        return lookout.isWorthALook(budget) ? budget : ClaimBudget.NOTHING;
    }

    private Taken settle(
            Turn turn,
            ClaimBudget budget,
            Turn.Outcome outcome,
            List<CompleteErrand> completes,
            List<ReleaseErrand> releases,
            List<ClaimErrand> asks,
            Duration took) {
        Set<Integer> completed = new HashSet<>(outcome.completed());
        Set<Integer> released = new HashSet<>(outcome.released());
        List<Integer> refused = new ArrayList<>();
        for (CompleteErrand errand : completes) {
            boolean accepted = completed.contains(errand.completion().brid());
            if (!accepted) {
                refused.add(errand.completion().brid());
            }
            reception.forget(errand.completion().brid());
            errand.answer().complete(accepted);
        }
        for (ReleaseErrand errand : releases) {
            reception.forget(errand.release().brid());
            errand.answer().complete(released.contains(errand.release().brid()));
        }
        deliver(budget, outcome, asks);
        // a release completes what an operator wanted cancelled
        List<Integer> ended = Stream.concat(outcome.completed().stream(), outcome.released().stream())
                .toList();
        if (!ended.isEmpty()) {
            claims.finishBuildsets(ended);
        }
        metrics.turned(outcome, refused.size(), took);
        return rest(sentence(turn, outcome, refused));
    }

    private void deliver(ClaimBudget budget, Turn.Outcome outcome, List<ClaimErrand> asks) {
        outcome.claimed().forEach(reception::learn);
        for (int i = 0; i < asks.size(); i++) {
            boolean last = i == asks.size() - 1;
            asks.get(i).answer().complete(last ? outcome.claimed() : List.of());
        }
        if (budget.isNothing()) {
            return;
        }
        long now = nanoTime.getAsLong();
        lookedAtNanos = now;
        if (outcome.draining()) {
            return;
        }
        floors.learn(budget, outcome.claimed(), now);
        lookout.learn(budget, outcome.claimed(), now);
        if (outcome.claimed().size() == MOST_CLAIMS) {
            // the rest of what it has room for
            desk.tell(link -> link.wake());
        }
    }

    private Taken rest(String sentence) {
        if (desk.hasErrands()) {
            return new Taken(sentence, Duration.ZERO);
        }
        Duration next = lookout.isWaiting() ? ClaimBackoff.SECOND_LOOK : poll;
        boolean sooner = comparison.isWanted() && ClaimReconciler.BETWEEN_LOOKS.compareTo(next) < 0;
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
                        .collect(Collectors.groupingBy(Claim::builder, java.util.TreeMap::new, Collectors.counting()))
                + (turn.completions().isEmpty()
                        ? ""
                        : ", completed " + outcome.completed().size());
    }
}
