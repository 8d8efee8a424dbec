package org.quorate.agent.authority;

import java.time.Duration;
import java.util.Optional;
import org.quorate.agent.loop.Step;
import org.quorate.agent.metrics.Metrics;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.master.StoreUnreachable;

/**
 * A step that writes under the authority of this master. It does nothing while the agent does not trust itself. A write
 * that the database refuses ends the authority. A store that does not answer leaves the authority unchanged.
 */
public abstract class AuthorizedStep implements Step {
    protected final MasterStateHolder masterState;
    protected final Metrics metrics;
    private final Duration retry;

    /**
     * Makes the step.
     *
     * @param retry how long to wait after a refused write or an outage
     */
    protected AuthorizedStep(MasterStateHolder masterState, Metrics metrics, Duration retry) {
        this.masterState = masterState;
        this.metrics = metrics;
        this.retry = retry;
    }

    @Override
    public final Taken take() {
        Optional<Authority> authority = masterState.authority();
        prepare(authority);
        if (authority.isEmpty()) {
            return withoutAuthority();
        }
        try {
            return take(authority.get());
        } catch (Fenced e) {
            metrics.refusedWrite();
            masterState.doubt(authority.get(), e.getMessage());
            fenced(e);
            return new Taken("fenced: " + e.getMessage(), retry);
        } catch (StoreUnreachable e) {
            return Taken.waiting(unreachable(authority.get(), e), retry);
        } finally {
            ended();
        }
    }

    /** Runs before every step, with and without authority. */
    protected void prepare(Optional<Authority> authority) {}

    /** Runs instead of the step while the agent does not trust itself. */
    protected abstract Taken withoutAuthority();

    protected abstract Taken take(Authority authority);

    /** Runs when the database refused a write: this master is fenced. */
    protected void fenced(Fenced e) {}

    /** Runs when a store does not answer or the outcome of a commit is unknown. Returns the step's sentence. */
    protected abstract String unreachable(Authority authority, StoreUnreachable e);

    /** Runs after every step that had authority, also after a failed one. */
    protected void ended() {}
}
