package org.quorate.agent.claiming;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.inbox.InboxRequest;
import org.quorate.agent.link.Link;
import org.quorate.agent.metrics.Metrics;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.master.Authority;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the claims that this agent knows and those in the database agree again, after a commit whose answer was lost
 * and after the session to the database was replaced. One thread, except {@link #compareSoon}.
 */
final class ClaimRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimRecovery.class);

    private final Claims claims;
    private final HeldClaims held;
    private final BuildmasterInbox inbox;
    private final AttachedBuildmaster attached;
    private final LongSupplier nanoTime;
    private final Metrics metrics;
    private final ClaimReconciler reconciler = new ClaimReconciler();
    private boolean inDoubt;

    ClaimRecovery(
            Claims claims,
            HeldClaims held,
            BuildmasterInbox inbox,
            AttachedBuildmaster attached,
            LongSupplier nanoTime,
            Metrics metrics) {
        this.claims = claims;
        this.held = held;
        this.inbox = inbox;
        this.attached = attached;
        this.nanoTime = nanoTime;
        this.metrics = metrics;
    }

    /**
     * Requests a comparison: the session to the database was replaced, and the database may be another one. Any thread.
     */
    void compareSoon() {
        reconciler.want();
    }

    /** Records that a commit was not answered: it may have claimed buildrequests that this agent does not know. */
    void doubt() {
        inDoubt = true;
    }

    boolean isDue() {
        return inDoubt || reconciler.isDue(nanoTime.getAsLong());
    }

    boolean isWanted() {
        return reconciler.isWanted();
    }

    /**
     * Releases the claims whose answer was lost. Completions need nothing: the buildmaster sends them again, and the
     * history table gives the answer. Compares the claims, if a comparison is due.
     *
     * @param waiting the messages that no turn has handled yet
     */
    void settle(Authority authority, List<InboxRequest> waiting) {
        boolean compare = reconciler.begin(nanoTime.getAsLong());
        try {
            List<Claim> claimed = claims.held(authority);
            Set<Attempt> ending = ending(waiting);
            if (inDoubt) {
                ending.addAll(releaseUnknown(claimed));
                inDoubt = false;
            }
            if (compare) {
                compare(claimed, ending);
            }
        } catch (RuntimeException e) {
            if (compare) {
                reconciler.want();
            }
            throw e;
        }
    }

    private Set<Attempt> releaseUnknown(List<Claim> claimed) {
        Set<Integer> known = held.brids();
        Set<Attempt> released = new HashSet<>();
        for (Claim claim : claimed) {
            if (!known.contains(claim.brid())) {
                inbox.releaseUnasked(claim.attempt(), "the answer to its claim was lost");
                released.add(claim.attempt());
            }
        }
        return released;
    }

    /**
     * Closes the link if the database has lost a claim or the end of one. The buildmaster then sends a new hello, and
     * the answer to it settles which builds may go on.
     */
    private void compare(List<Claim> claimed, Set<Attempt> ending) {
        if (attached.current().isEmpty()) {
            reconciler.forget();
            return;
        }
        Set<Attempt> ours = held.attempts();
        Set<Attempt> theirs = HeldClaims.attempts(claimed);
        ours.removeAll(ending);
        theirs.removeAll(ending);
        reconciler.look(ours, theirs, nanoTime.getAsLong()).ifPresent(difference -> {
            LOG.warn("the database is not as it was, as after a failover to a standby that lagged: {}", difference);
            metrics.lost(difference.lost().size());
            attached.send(Link::close);
        });
    }

    /** Returns the attempts whose end the buildmaster has already reported. */
    private static Set<Attempt> ending(List<InboxRequest> waiting) {
        Set<Attempt> ending = new HashSet<>();
        for (InboxRequest request : waiting) {
            if (request instanceof InboxRequest.Complete complete) {
                ending.add(complete.completion().attempt());
            } else if (request instanceof InboxRequest.Release release) {
                ending.add(release.release().attempt());
            }
        }
        return ending;
    }
}
