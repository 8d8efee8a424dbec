package org.quorate.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where in each builder's queue the next claim begins to look, so that it need not walk over what was claimed before. The
 * entries of claimed and completed buildrequests stay in the index until they are cleaned, and a long transaction
 * anywhere keeps them for its whole life; without a floor every claim walks over all of them.
 *
 * <p>A floor is only worth having while nothing pending can lie below it. It is therefore forgotten every second (another
 * master's clock dates a buildrequest earlier, a lock that was skipped is given up), when a hint says that there is work,
 * after a failover, when this master releases something, and when an answer was short: then the whole queue was seen.
 *
 * <p>One thread.
 */
public final class LowWaterMarks {
    /** The longest that a floor is believed, and so the longest that a buildrequest below one can be overlooked. */
    public static final Duration LIFE = Duration.ofSeconds(1);

    private final Map<Integer, LowWaterMark> floors = new HashMap<>();
    private long rememberedSinceNanos;

    /** Where to begin with this builder. */
    public LowWaterMark of(int builderid, long nowNanos) {
        forgetOld(nowNanos);
        return floors.getOrDefault(builderid, LowWaterMark.LOWEST);
    }

    /**
     * Learns from a turn's claims.
     *
     * @param asked what the turn asked for
     * @param claimed what it was given, in the order in which the queue was read
     * @param nowNanos the monotonic clock
     */
    public void learn(ClaimBudget asked, List<Claim> claimed, long nowNanos) {
        forgetOld(nowNanos);
        boolean limited = claimed.size() >= asked.limit();
        Map<Integer, LowWaterMark> last = new HashMap<>();
        Map<Integer, Integer> counts = new HashMap<>();
        for (Claim claim : claimed) {
            last.merge(claim.builderid(), after(claim), LowWaterMarks::higher);
            counts.merge(claim.builderid(), 1, Integer::sum);
        }
        for (Wanted wanted : asked.wanted()) {
            boolean isShort = !limited && counts.getOrDefault(wanted.builderid(), 0) < wanted.slots();
            if (isShort) {
                floors.remove(wanted.builderid());
            } else {
                advance(wanted.builderid(), last.getOrDefault(wanted.builderid(), LowWaterMark.LOWEST), nowNanos);
            }
        }
    }

    /** A wake-up that names a builder, or a release to its queue. */
    public void forget(int builderid) {
        floors.remove(builderid);
    }

    /** A wake-up that names none, a failover, or any doubt. */
    public void forgetAll() {
        floors.clear();
    }

    private void advance(int builderid, LowWaterMark floor, long nowNanos) {
        if (floor.equals(LowWaterMark.LOWEST)) {
            return;
        }
        if (floors.isEmpty()) {
            rememberedSinceNanos = nowNanos;
        }
        floors.merge(builderid, floor, LowWaterMarks::higher);
    }

    private void forgetOld(long nowNanos) {
        if (!floors.isEmpty() && nowNanos - rememberedSinceNanos >= LIFE.toNanos()) {
            floors.clear();
        }
    }

    private static LowWaterMark after(Claim claim) {
        return new LowWaterMark(-claim.priority(), claim.submittedAt(), claim.brid());
    }

    private static LowWaterMark higher(LowWaterMark one, LowWaterMark other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
