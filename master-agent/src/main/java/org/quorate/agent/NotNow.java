package org.quorate.agent;

/** The agent cannot answer a message of its buildmaster now; the buildmaster keeps what it has and asks again. */
final class NotNow extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotNow(String why) {
        super(why);
    }
}
