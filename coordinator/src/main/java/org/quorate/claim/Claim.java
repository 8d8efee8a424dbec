package org.quorate.claim;

/**
 * A buildrequest that this master holds.
 *
 * @param attempt its token is the token of the turn that claimed it; a completion must carry the attempt (I3)
 * @param submittedAt epoch seconds, as Buildbot writes them
 * @param properties the buildset's properties as one JSON object, name to value
 */
public record Claim(
        Attempt attempt,
        int builderid,
        String builder,
        int buildsetid,
        int priority,
        int submittedAt,
        String properties) {
    /** Buildbot's {@code buildrequests.id}. */
    public int brid() {
        return attempt.brid();
    }
}
