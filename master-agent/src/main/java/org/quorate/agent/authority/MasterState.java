package org.quorate.agent.authority;

import java.util.Optional;
import org.quorate.master.Authority;
import org.quorate.master.Trust;

/**
 * Where this master stands: one immutable picture that all loops share.
 *
 * @param phase what may be done at all
 * @param authority what writes carry; present unless {@code phase} is OUT
 * @param trust until when the agent trusts itself
 * @param draining an operator wants no new claims
 * @param stopping the agent itself is on its way out
 * @param reason why it is not in, or about to be out; for people
 */
public record MasterState(
        Phase phase, Optional<Authority> authority, Trust trust, boolean draining, boolean stopping, String reason) {
    public enum Phase {
        /** Not registered: nothing is held, nothing runs. */
        OUT,
        /** Registered; writes carry the authority while the trust lasts. */
        IN,
        /** The epoch is over or in doubt: the buildmaster is being stopped, nothing may be written. */
        FENCED
    }

    static final MasterState FIRST =
            new MasterState(Phase.OUT, Optional.empty(), Trust.none(), false, false, "not registered yet");

    public MasterState in(Authority registered, boolean drained, Trust first) {
        return new MasterState(Phase.IN, Optional.of(registered), first, drained, stopping, "");
    }

    public MasterState trusting(Trust longer) {
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

    public MasterState out(String why) {
        return new MasterState(Phase.OUT, Optional.empty(), Trust.none(), draining, stopping, why);
    }

    public boolean isRegistering() {
        return phase == Phase.OUT && !stopping;
    }

    public boolean isTrustedAt(long nowNanos) {
        return phase == Phase.IN && trust.isTrustedAt(nowNanos);
    }
}
