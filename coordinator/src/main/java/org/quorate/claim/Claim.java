package org.quorate.claim;

import java.util.UUID;

/**
 * A buildrequest that this master holds.
 *
 * @param brid {@code buildrequests.id}
 * @param attempt the token of the turn that took it; a completion must carry it (I3)
 * @param submittedAt epoch seconds, as Buildbot writes them
 * @param properties the buildset's properties as one JSON object, name to value
 */
public record Claim(
        int brid,
        UUID attempt,
        int builderid,
        String builder,
        int buildsetid,
        int priority,
        int submittedAt,
        String properties) {}
