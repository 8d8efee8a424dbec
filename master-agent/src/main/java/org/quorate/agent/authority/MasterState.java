package org.quorate.agent.authority;

import java.util.Optional;
import org.quorate.master.Authority;
import org.quorate.master.Trust;

/**
 * The state of this master at one moment: whether it may act, under which authority, and for how long without another
 * acknowledgement. Immutable.
 *
 * @param phase which actions are allowed
 * @param authority the authority that each write carries; present unless {@code phase} is UNREGISTERED
 * @param trust until when the agent trusts itself
 * @param draining an operator wants no new claims
 * @param stopping the agent itself is stopping
 * @param reason why this master is not active, for people to read
 */
public record MasterState(
        Phase phase, Optional<Authority> authority, Trust trust, boolean draining, boolean stopping, String reason) {
    public enum Phase {
        /** Not registered: nothing is held, nothing runs. */
        UNREGISTERED,
        /** Registered: writes carry the authority while the trust lasts. */
        ACTIVE,
        /** The epoch is over or in doubt: the buildmaster is being stopped, nothing may be written. */
        FENCED
    }

    static final MasterState FIRST =
            new MasterState(Phase.UNREGISTERED, Optional.empty(), Trust.none(), false, false, "not registered yet");

    public MasterState active(Authority registered, boolean drained, Trust first) {
        return new MasterState(Phase.ACTIVE, Optional.of(registered), first, drained, stopping, "");
    }

    public MasterState withTrust(Trust longer) {
        return new MasterState(phase, authority, longer, draining, stopping, reason);
    }

    public MasterState draining(boolean drained) {
        return new MasterState(phase, authority, trust, drained, stopping, reason);
    }

    public MasterState stoppingNow() {
        return new MasterState(phase, authority, trust, draining, true, reason);
    }

    MasterState fenced(String why) {
        return new MasterState(Phase.FENCED, authority, Trust.none(), draining, stopping, why);
    }

    public MasterState unregistered(String why) {
        return new MasterState(Phase.UNREGISTERED, Optional.empty(), Trust.none(), draining, stopping, why);
    }

    public boolean isRegistering() {
        return phase == Phase.UNREGISTERED && !stopping;
    }

    public boolean isTrustedAt(long nowNanos) {
        return phase == Phase.ACTIVE && trust.isTrustedAt(nowNanos);
    }
}
