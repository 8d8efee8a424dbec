package org.quorate.master;

/** No member of the ensemble answered in time, or the session was lost during the call. */
public final class ZooKeeperUnreachable extends StoreUnreachable {
    private static final long serialVersionUID = 1L;

    public ZooKeeperUnreachable(String message) {
        super(message);
    }

    public ZooKeeperUnreachable(String message, Throwable cause) {
        super(message, cause);
    }
}
