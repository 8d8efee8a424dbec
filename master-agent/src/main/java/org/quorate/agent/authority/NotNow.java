package org.quorate.agent.authority;

/** The agent cannot answer a message of its buildmaster now. The buildmaster keeps the message and sends it again. */
public final class NotNow extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NotNow(String why) {
        super(why);
    }
}
