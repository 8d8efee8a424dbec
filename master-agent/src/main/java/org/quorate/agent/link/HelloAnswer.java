package org.quorate.agent.link;

import java.time.Duration;
import java.util.List;
import org.quorate.claim.Claim;

/**
 * The agent's answer to {@link Hello}.
 *
 * @param stop buildrequests among {@code running} whose claims this master does not hold (any more); the buildmaster
 *     must kill their builds and not report them
 * @param claims claims with the token {@link Hello#unanswered}, made by an agent that ended before it could answer; the
 *     buildmaster must start them now
 * @param lease how long the buildmaster may go on without another lease
 */
public record HelloAnswer(
        int masterid, long epoch, List<Integer> stop, List<Claim> claims, Duration lease, boolean draining) {
    public HelloAnswer {
        stop = List.copyOf(stop);
        claims = List.copyOf(claims);
    }
}
