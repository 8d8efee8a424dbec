package org.quorate.agent.ownership;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.AuthorizedStep;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.Link;
import org.quorate.agent.metrics.Metrics;
import org.quorate.master.Authority;
import org.quorate.master.Ensemble;
import org.quorate.master.Member;
import org.quorate.master.StoreUnreachable;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.OwnershipPolicy;
import org.quorate.scheduler.Schedulers;

/**
 * Gains and loses schedulers as {@link OwnershipPolicy} decides: first the node in ZooKeeper, which keeps the masters out of
 * each other's way, then the term in the database (T6), which makes it true; then the buildmaster hears of it. One thread.
 */
public final class OwnershipStep extends AuthorizedStep {
    private static final Duration RETRY = Duration.ofMillis(500);

    private final String master;
    private final OwnershipPolicy policy;
    private final Ensemble ensemble;
    private final Schedulers schedulers;
    private final Supplier<Set<String>> drained;
    private final AttachedBuildmaster attached;
    private final LongSupplier nanoTime;
    private final Duration poll;
    private final Map<String, Long> terms = new TreeMap<>();
    private Optional<Authority> under = Optional.empty();
    private @Nullable Link toldLink;
    private long dueToldAtNanos;
    private volatile Map<String, Long> owned = Map.of();

    /**
     * How often the step looks.
     *
     * @param poll the longest between two looks
     */
    public record Pace(LongSupplier nanoTime, Duration poll) {}

    public OwnershipStep(
            OwnershipPolicy policy,
            Ensemble ensemble,
            Schedulers schedulers,
            Supplier<Set<String>> drained,
            MasterStateHolder masterState,
            AttachedBuildmaster attached,
            Pace pace,
            Metrics metrics) {
        super(masterState, metrics, RETRY);
        this.master = policy.master();
        this.policy = policy;
        this.ensemble = ensemble;
        this.schedulers = schedulers;
        this.drained = drained;
        this.attached = attached;
        this.nanoTime = pace.nanoTime();
        this.poll = pace.poll();
    }

    /** The terms that this master owns, by scheduler. Any thread. */
    public Map<String, Long> owned() {
        return owned;
    }

    @Override
    protected void prepare(Optional<Authority> authority) {
        if (!authority.equals(under)) {
            dropAll();
            under = authority;
        }
    }

    @Override
    protected Taken withoutAuthority() {
        return new Taken("", poll);
    }

    @Override
    protected Taken take(Authority authority) {
        beginTermsAnewForANewLink(authority);
        withdrawNodesWithoutTerm();
        return decide(authority);
    }

    @Override
    protected String unreachable(Authority authority, StoreUnreachable e) {
        return "keeping " + terms.size() + " schedulers: " + e.getMessage();
    }

    @Override
    protected void ended() {
        owned = Map.copyOf(terms);
    }

    /** The epoch is over, and all its terms with it; the nodes go, so that others need not wait for the session's end. */
    private void dropAll() {
        for (String scheduler : List.copyOf(terms.keySet())) {
            attached.send(link -> link.disown(scheduler));
            withdrawQuietly(scheduler);
        }
        terms.clear();
        owned = Map.of();
    }

    private void withdrawQuietly(String scheduler) {
        try {
            ensemble.withdraw(scheduler);
        } catch (ZooKeeperUnreachable e) {
            // the session's end removes it
        }
    }

    /** A buildmaster that just attached has heard of no term, and a new term tells it where the ticks stand. */
    private void beginTermsAnewForANewLink(Authority authority) {
        Link link = attached.current().map(AttachedBuildmaster.Attached::link).orElse(null);
        if (link != toldLink) {
            if (link != null) {
                List.copyOf(terms.keySet()).forEach(scheduler -> own(authority, scheduler));
            }
            // only now: what was not told because a store is away is told by a later step
            toldLink = link;
        }
    }

    /** Where the database refused a term, or its end: such a node would keep the others away for as long as this session lives. */
    private void withdrawNodesWithoutTerm() {
        ensemble.owners().forEach((scheduler, owner) -> {
            if (owner.equals(master) && !terms.containsKey(scheduler)) {
                ensemble.withdraw(scheduler);
            }
        });
    }

    private Taken decide(Authority authority) {
        Collection<Member> members = ensemble.members().values();
        Set<String> draining = new TreeSet<>(drained.get());
        if (!masterState.isOpen()) {
            draining.add(master);
        }
        OwnershipPolicy.Findings findings = policy.decide(new OwnershipPolicy.Picture(
                members, ensemble.owners(), schedulers.list(), terms.keySet(), draining, nanoTime.getAsLong()));
        List<String> did = new ArrayList<>();
        findings.decisions().forEach(decision -> carryOut(authority, decision, did));
        repeatDue();
        Duration next = findings.nextLookIn().compareTo(poll) < 0 ? findings.nextLookIn() : poll;
        return new Taken(did.isEmpty() ? "" : String.join(", ", did), did.isEmpty() ? next : min(next, RETRY));
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void carryOut(Authority authority, OwnershipPolicy.Decision decision, List<String> did) {
        if (decision instanceof OwnershipPolicy.Contend contend) {
            contend(authority, contend.scheduler(), did);
        } else if (decision instanceof OwnershipPolicy.HandOver handOver) {
            end(authority, handOver.scheduler());
            did.add("handed " + handOver.scheduler() + " to " + handOver.to() + ": " + handOver.why());
        } else if (decision instanceof OwnershipPolicy.Disown disown) {
            end(authority, disown.scheduler());
            did.add("disowned " + disown.scheduler() + ": " + disown.why());
        }
    }

    private void contend(Authority authority, String scheduler, List<String> did) {
        if (!ensemble.contend(scheduler, master)) {
            return;
        }
        if (own(authority, scheduler)) {
            did.add("owns " + scheduler + " for term " + terms.get(scheduler));
        } else {
            ensemble.withdraw(scheduler);
        }
    }

    private boolean own(Authority authority, String scheduler) {
        Optional<Ownership> ownership = schedulers.own(authority, scheduler, ensemble.number());
        ownership.ifPresent(o -> {
            terms.put(scheduler, o.term());
            attached.send(link -> link.own(o));
            upstream(scheduler).ifPresent(up -> tellDue(scheduler, up));
        });
        if (ownership.isEmpty()) {
            terms.remove(scheduler);
        }
        return ownership.isPresent();
    }

    private void end(Authority authority, String scheduler) {
        Link told = toldLink;
        // the buildmaster stops first; if the database does not answer the term goes on, and must be told again
        toldLink = null;
        attached.send(link -> link.disown(scheduler));
        Long term = terms.get(scheduler);
        if (term != null) {
            schedulers.disown(authority, scheduler, term);
        }
        toldLink = told;
        terms.remove(scheduler);
        ensemble.withdraw(scheduler);
    }

    /** What a buildmaster was told and could not commit, it is told again. */
    private void repeatDue() {
        if (nanoTime.getAsLong() - dueToldAtNanos >= poll.toNanos()) {
            dueToldAtNanos = nanoTime.getAsLong();
            tellAllDue();
        }
    }

    /** A buildset completed somewhere: the dependent schedulers that this master owns may be due. Any thread. */
    public void tellAllDue() {
        owned.keySet().forEach(scheduler -> upstream(scheduler).ifPresent(up -> tellDue(scheduler, up)));
    }

    private void tellDue(String scheduler, String upstream) {
        List<Integer> due = schedulers.due(scheduler, upstream);
        if (!due.isEmpty()) {
            attached.send(link -> link.due(scheduler, due));
        }
    }

    private Optional<String> upstream(String scheduler) {
        return attached.current()
                .flatMap(buildmaster -> buildmaster.hello().schedulers().stream()
                        .filter(offered -> offered.name().equals(scheduler))
                        .findFirst()
                        .flatMap(Hello.OfferedScheduler::upstream));
    }
}
