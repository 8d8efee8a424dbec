package org.quorate.agent.link;

import java.time.Duration;
import java.util.List;
import org.quorate.claim.Claim;

/**
 * The agent's answer to {@link Hello}.
 *
 * @param stop buildrequests among {@code running} that this master does not hold (any more): to be killed, unreported
 * @param claims what {@link Hello#unanswered} claimed by an agent that ended before it could say so: to be started now
 * @param lease how long the buildmaster may go on without hearing another lease
 */
public record HelloAnswer(
        int masterid, long epoch, List<Integer> stop, List<Claim> claims, Duration lease, boolean draining) {
    public HelloAnswer {
        stop = List.copyOf(stop);
        claims = List.copyOf(claims);
    }
}
