package org.quorate.scheduler;

import java.util.Optional;

/**
 * One scheduler, read without a lock.
 *
 * @param owner name of the master whose term is current, which means that its row is active and has the epoch of the
 *     term
 * @param preferred name of the master to which an operator moved the scheduler
 */
public record SchedulerRow(
        int schedulerid, String name, boolean enabled, long term, Optional<String> owner, Optional<String> preferred) {}
