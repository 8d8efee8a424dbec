package org.quorate.event;

/**
 * A batch that was published.
 *
 * @param masterid whose buildmaster said it; {@link #QUORATE} for what Quorate itself changed
 * @param seq grows from batch to batch of one master
 * @param events a JSON array, as it was published
 */
public record Batch(int masterid, long seq, String events) {
    /** The master that is none: Quorate itself. */
    public static final int QUORATE = 0;
}
