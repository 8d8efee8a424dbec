package org.quorate.agent.claiming;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;

/** The claims that this agent knows this master to hold, by buildrequest. One writer; any thread may read. */
public final class HeldClaims {
    private final Map<Integer, Claim> claims = new ConcurrentHashMap<>();

    void add(Claim claim) {
        claims.put(claim.brid(), claim);
    }

    void remove(int brid) {
        claims.remove(brid);
    }

    /** Removes this attempt only, not another attempt at the same buildrequest. */
    void remove(Attempt attempt) {
        claims.computeIfPresent(attempt.brid(), (brid, claim) -> claim.attempt().equals(attempt) ? null : claim);
    }

    public void clear() {
        claims.clear();
    }

    List<Claim> list() {
        return List.copyOf(claims.values());
    }

    Set<Attempt> attempts() {
        return attempts(claims.values());
    }

    static Set<Attempt> attempts(Collection<Claim> claims) {
        return claims.stream().map(Claim::attempt).collect(Collectors.toSet());
    }

    /** Returns the ids of the claimed buildrequests. */
    public Set<Integer> brids() {
        return Set.copyOf(claims.keySet());
    }
}
