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
import org.quorate.master.Member;
import org.quorate.master.NumberSource;
import org.quorate.master.SchedulerOwners;
import org.quorate.master.StoreUnreachable;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.OwnershipPolicy;
import org.quorate.scheduler.Schedulers;
import org.quorate.time.Deadline;
import org.quorate.time.DurationOrder;

/**
 * Gains and loses schedulers as {@link OwnershipPolicy} decides. A gain has three stages: the node in ZooKeeper, so
 * that two masters do not contend; the term in the database (T6), which alone counts; then the message to the
 * buildmaster. One thread.
 */
public final class OwnershipStep extends AuthorizedStep {
    private static final Duration RETRY = Duration.ofMillis(500);

    private final String master;
    private final OwnershipPolicy policy;
    private final Supplier<Map<String, Member>> members;
    private final SchedulerOwners owners;
    private final NumberSource numbers;
    private final Schedulers schedulers;
    private final Supplier<Set<String>> drained;
    private final AttachedBuildmaster attached;
    private final LongSupplier nanoTime;
    private final Duration poll;
    private final Map<String, Long> terms = new TreeMap<>();
    private @Nullable Authority under;
    private @Nullable Link notifiedLink;
    private Deadline sendDueAgain = new Deadline(0);
    private volatile Map<String, Long> owned = Map.of();

    /**
     * The parts of both stores that concern schedulers.
     *
     * @param members the alive masters by name
     * @param drained the names of the draining masters
     */
    public record Cluster(
            Supplier<Map<String, Member>> members,
            SchedulerOwners owners,
            NumberSource numbers,
            Schedulers schedulers,
            Supplier<Set<String>> drained) {}

    /** Makes the step without a query to either store; {@code poll} is the longest time between two looks. */
    public OwnershipStep(
            OwnershipPolicy policy,
            Cluster cluster,
            MasterStateHolder masterState,
            AttachedBuildmaster attached,
            LongSupplier nanoTime,
            Duration poll,
            Metrics metrics) {
        super(masterState, metrics, RETRY);
        this.master = policy.master();
        this.policy = policy;
        this.members = cluster.members();
        this.owners = cluster.owners();
        this.numbers = cluster.numbers();
        this.schedulers = cluster.schedulers();
        this.drained = cluster.drained();
        this.attached = attached;
        this.nanoTime = nanoTime;
        this.poll = poll;
    }

    /** Returns the terms that this master owns, by scheduler. Any thread. */
    public Map<String, Long> owned() {
        return owned;
    }

    @Override
    protected void prepare(Optional<Authority> authority) {
        if (!authority.equals(Optional.ofNullable(under))) {
            dropAll();
            under = authority.orElse(null);
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

    /**
     * Drops all terms, since the epoch is over. The nodes are removed, so that others need not wait for the session's
     * end.
     */
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
            owners.withdraw(scheduler);
        } catch (ZooKeeperUnreachable e) {
            // the session's end removes it
        }
    }

    /** Begins a new term of each scheduler: a newly attached buildmaster knows no term, and needs the last tick. */
    private void beginTermsAnewForANewLink(Authority authority) {
        Link link = attached.current().map(AttachedBuildmaster.Attached::link).orElse(null);
        if (link != notifiedLink) {
            if (link != null) {
                List.copyOf(terms.keySet()).forEach(scheduler -> own(authority, scheduler));
            }
            // only now: if a store is unreachable, a later step sends the terms
            notifiedLink = link;
        }
    }

    /**
     * Removes nodes whose term the database refused; such a node would keep the others away until this session ends.
     */
    private void withdrawNodesWithoutTerm() {
        owners.owners().forEach((scheduler, owner) -> {
            if (owner.equals(master) && !terms.containsKey(scheduler)) {
                owners.withdraw(scheduler);
            }
        });
    }

    private Taken decide(Authority authority) {
        Collection<Member> alive = members.get().values();
        Set<String> draining = new TreeSet<>(drained.get());
        if (!masterState.isOpen()) {
            draining.add(master);
        }
        OwnershipPolicy.Findings findings = policy.decide(new OwnershipPolicy.Picture(
                alive, owners.owners(), schedulers.list(), terms.keySet(), draining, nanoTime.getAsLong()));
        List<String> did = new ArrayList<>();
        findings.decisions().forEach(decision -> carryOut(authority, decision, did));
        repeatDue();
        Duration next = DurationOrder.shorter(findings.nextLookIn(), poll);
        return new Taken(
                did.isEmpty() ? "" : String.join(", ", did), did.isEmpty() ? next : DurationOrder.shorter(next, RETRY));
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
        if (!owners.contend(scheduler, master)) {
            return;
        }
        if (own(authority, scheduler)) {
            did.add("owns " + scheduler + " for term " + terms.get(scheduler));
        } else {
            owners.withdraw(scheduler);
        }
    }

    private boolean own(Authority authority, String scheduler) {
        Optional<Ownership> ownership = schedulers.own(authority, scheduler, numbers.number());
        ownership.ifPresent(o -> {
            terms.put(scheduler, o.term());
            attached.send(link -> link.own(o));
            upstream(scheduler).ifPresent(up -> sendDue(scheduler, up));
        });
        if (ownership.isEmpty()) {
            terms.remove(scheduler);
        }
        return ownership.isPresent();
    }

    private void end(Authority authority, String scheduler) {
        Link notified = notifiedLink;
        // the buildmaster stops first; if the database does not answer, the term goes on and must be sent again
        notifiedLink = null;
        attached.send(link -> link.disown(scheduler));
        Long term = terms.get(scheduler);
        if (term != null) {
            schedulers.disown(authority, scheduler, term);
        }
        notifiedLink = notified;
        terms.remove(scheduler);
        owners.withdraw(scheduler);
    }

    /** Sends due buildsets again, for which the buildmaster may have failed to commit a tick. */
    private void repeatDue() {
        long now = nanoTime.getAsLong();
        if (sendDueAgain.isOver(now)) {
            sendDueAgain = Deadline.after(poll, now);
            sendAllDue();
        }
    }

    /** Sends the buildsets for which the dependent schedulers that this master owns are due. Any thread. */
    public void sendAllDue() {
        owned.keySet().forEach(scheduler -> upstream(scheduler).ifPresent(up -> sendDue(scheduler, up)));
    }

    private void sendDue(String scheduler, String upstream) {
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
