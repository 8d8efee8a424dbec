package org.quorate.claim;

/** What a buildmaster says of a claimed buildrequest when its build ended; {@code results} as in {@link Results}. */
public record Completion(Attempt attempt, int results) {
    public int brid() {
        return attempt.brid();
    }
}
