package org.quorate.claim;

/** Buildbot's result codes ({@code buildbot.process.results}). */
public final class Results {
    public static final int SUCCESS = 0;
    public static final int WARNINGS = 1;
    public static final int FAILURE = 2;
    public static final int SKIPPED = 3;
    public static final int EXCEPTION = 4;
    /** Not a completion: the buildrequest goes back to the queue. */
    public static final int RETRY = 5;

    public static final int CANCELLED = 6;

    private Results() {}
}
