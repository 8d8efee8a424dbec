package org.quorate.scheduler;

/**
 * A term that this master has just begun.
 *
 * @param lastTickEpochSecond the planned time of the scheduler's last committed tick by time; 0 if there was none
 * @param nowEpochMillis the database's clock when the term was committed
 */
public record Ownership(String scheduler, long term, boolean enabled, long lastTickEpochSecond, long nowEpochMillis) {}
