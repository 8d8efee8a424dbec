package org.quorate.claim;

import java.util.UUID;

/** What a buildmaster says of a claimed buildrequest when its build ended; {@code results} as in {@link Results}. */
public record Completion(int brid, UUID attempt, int results) {}
