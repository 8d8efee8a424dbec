package org.quorate.claim;

/** The end of a build, reported by the buildmaster; {@code results} is one of {@link Results}. */
public record Completion(Attempt attempt, int results) {
    public int brid() {
        return attempt.brid();
    }
}
