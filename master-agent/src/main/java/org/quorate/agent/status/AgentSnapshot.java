package org.quorate.agent.status;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.quorate.config.HostPort;

/**
 * The state of one agent at one moment, as far as the agent knows it. Immutable; a supplier of snapshots must not
 * block.
 *
 * @param epoch 0 while there is none
 * @param trustRemaining zero if the agent does not trust itself
 * @param reason why the agent may not claim now; empty if it may
 * @param leaderEpoch present while this agent is the housekeeper
 * @param held the number of this master's claims
 * @param slots the slots of its buildmaster, 0 while none is attached
 * @param failedStarts how many starts of its buildmaster failed since the last good run
 * @param silence for how long its buildmaster has sent nothing, beyond what it promised
 * @param spooled the completions that wait for the database
 * @param gateway the gateway for workers; empty: there is none
 * @param upFor the time since this incarnation began
 */
public record AgentSnapshot(
        String cluster,
        String master,
        long epoch,
        UUID incarnation,
        String version,
        Mode mode,
        Duration trustRemaining,
        Optional<String> reason,
        OptionalLong leaderEpoch,
        List<Owned> schedulers,
        int held,
        int slots,
        int failedStarts,
        Duration silence,
        boolean draining,
        Spooled spooled,
        Optional<Gateway> gateway,
        Duration upFor,
        List<Pulse> loops) {
    public AgentSnapshot {
        schedulers = List.copyOf(schedulers);
        loops = List.copyOf(loops);
    }

    /** The mode: which stores answer. Its word appears in metrics and JSON. */
    public enum Mode {
        NORMAL("normal"),
        WITHOUT_ZOOKEEPER("without-zookeeper"),
        WITHOUT_DATABASE("without-database"),
        ALONE("alone");

        private final String word;

        Mode(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }

        /** Returns the mode, given whether each store answered last. */
        public static Mode of(boolean zookeeper, boolean database) {
            if (zookeeper) {
                return database ? NORMAL : WITHOUT_DATABASE;
            }
            return database ? WITHOUT_ZOOKEEPER : ALONE;
        }
    }

    /** A scheduler that this master owns, with its term. */
    public record Owned(String scheduler, long term) {}

    /**
     * The completions that wait for the database, on the agent's disk or, where that cannot be written, in memory.
     *
     * @param bytes the size of the file
     */
    public record Spooled(int completions, long bytes) {}

    /**
     * The worker gateway.
     *
     * @param address the address to which workers connect
     * @param connections connections of workers, including those that have no master yet
     * @param connectionsMax further connections are closed
     * @param workers attached workers, by master
     */
    public record Gateway(HostPort address, int connections, int connectionsMax, Map<String, Integer> workers) {
        public Gateway {
            workers = Map.copyOf(workers);
        }
    }

    /**
     * The pulse of a loop: when it last began a step, and how often it should.
     *
     * @param period the longest time that the loop plans to wait between two steps
     * @param trouble what keeps the loop from its work; empty if its last step did it
     */
    public record Pulse(String loop, Duration age, Duration period, Optional<String> trouble) {
        /** A step may wait this long for a store, however short the period is. */
        private static final Duration LEAST_ALLOWANCE = Duration.ofSeconds(15);

        /** Returns whether the loop is late: it took no step for two periods. */
        public boolean isLate() {
            Duration allowance = period.multipliedBy(2);
            return age.compareTo(allowance.compareTo(LEAST_ALLOWANCE) > 0 ? allowance : LEAST_ALLOWANCE) > 0;
        }
    }

    public boolean isTrusted() {
        return !trustRemaining.isZero() && !trustRemaining.isNegative();
    }

    /** Returns whether the agent may claim now. */
    public boolean isReady() {
        return isTrusted() && reason.isEmpty();
    }

    public boolean isLeader() {
        return isTrusted() && leaderEpoch.isPresent();
    }

    public boolean owns(String scheduler) {
        return isTrusted()
                && schedulers.stream().anyMatch(owned -> owned.scheduler().equals(scheduler));
    }

    boolean hasTrouble(String loop) {
        return loops.stream()
                .anyMatch(pulse -> pulse.loop().equals(loop) && pulse.trouble().isPresent());
    }

    /** Returns the loops that did not take a step in time. */
    public List<Pulse> late() {
        return loops.stream().filter(Pulse::isLate).toList();
    }
}
