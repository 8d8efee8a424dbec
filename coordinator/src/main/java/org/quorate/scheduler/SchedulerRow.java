package org.quorate.scheduler;

import java.util.Optional;

/**
 * One scheduler as read without a lock.
 *
 * @param owner name of the master whose term is current: its row is active and of the term's epoch
 * @param preferred name of the master that an operator moved it to
 */
public record SchedulerRow(
        int schedulerid, String name, boolean enabled, long term, Optional<String> owner, Optional<String> preferred) {}
