package org.quorate.event;

/**
 * A batch of events that was published.
 *
 * @param masterid the master whose buildmaster published it; {@link #QUORATE} for changes that Quorate itself made
 * @param seq increases from batch to batch of one master
 * @param events a JSON array, as it was published
 */
public record Batch(int masterid, long seq, String events) {
    /** Stands in place of a master's id for Quorate itself. */
    public static final int QUORATE = 0;
}
