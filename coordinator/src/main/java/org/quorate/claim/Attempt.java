package org.quorate.claim;

import java.util.UUID;

/**
 * One claim of one buildrequest. A buildrequest that is released and claimed again keeps its {@code brid} and gets
 * another token. A completion or a release counts only for the attempt that it names.
 *
 * @param brid Buildbot's id of the buildrequest
 * @param token identifies the attempt; never used before
 */
public record Attempt(int brid, UUID token) {
    @Override
    public String toString() {
        return brid + "-" + token;
    }
}
