package org.quorate.claim;

import java.util.UUID;

/**
 * One claim of one buildrequest: a request that is released and claimed again has the same {@code brid} and another token. A
 * completion or a release counts only for the attempt that it names.
 *
 * @param brid Buildbot's id of the buildrequest
 * @param token never used before
 */
public record Attempt(int brid, UUID token) {
    @Override
    public String toString() {
        return brid + "-" + token;
    }
}
