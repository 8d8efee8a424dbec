package org.quorate.agent.membership;

import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.master.Registration;
import org.quorate.master.Registrations;
import org.quorate.time.Deadline;

/**
 * Resumes the epoch of the predecessor, which is the agent that wrote the state file and has ended. The state directory
 * may have been copied, and then two agents have the same predecessor. The database lets only one of them resume the
 * epoch: the one that knows the incarnation which holds it. One thread.
 */
final class Resumption {
    private final MembershipStep.Self self;
    private final Registrations registrations;
    private final StateFile stateFile;
    private final LongSupplier nanoTime;
    private StateFile.@Nullable Remembered predecessor;
    private @Nullable UUID announced;
    private @Nullable Deadline strangerMayJoin;

    /**
     * The outcome of an attempt. If both are empty, the epoch is over.
     *
     * @param objection why this agent must not begin anything yet
     */
    record Attempt(Optional<Registration> registration, Optional<String> objection) {}

    Resumption(MembershipStep.Self self, Registrations registrations, StateFile stateFile, LongSupplier nanoTime) {
        this.self = self;
        this.registrations = registrations;
        this.stateFile = stateFile;
        this.nanoTime = nanoTime;
        this.predecessor = stateFile.read().orElse(null);
    }

    /** Returns whether there is an epoch to resume. */
    boolean isPossible() {
        return predecessor != null;
    }

    /** Returns the incarnation whose node in ZooKeeper this agent may replace, since its process has ended. */
    Optional<UUID> predecessor() {
        return Optional.ofNullable(announced)
                .or(() -> Optional.ofNullable(predecessor).map(StateFile.Remembered::incarnation));
    }

    /**
     * Resumes the epoch, if the predecessor or this agent itself holds it. If another agent does, that agent gets the
     * time to join: after that, its node in ZooKeeper or the lack of one shows whether it lives.
     */
    Attempt attempt(Duration sessionTimeout) {
        StateFile.Remembered earlier = Objects.requireNonNull(predecessor, "there is no epoch to resume");
        Set<UUID> ours = new HashSet<>(earlier.incarnations());
        ours.add(self.incarnation());
        Optional<UUID> holder = registrations.holder(self.name(), earlier.epoch());
        if (holder.isEmpty()) {
            return new Attempt(Optional.empty(), Optional.empty());
        }
        if (!ours.contains(holder.get())) {
            return new Attempt(Optional.empty(), stranger(holder.get(), earlier.epoch(), sessionTimeout));
        }
        announce(holder.get(), earlier.epoch());
        Optional<Registration> registration =
                registrations.resume(self.name(), self.incarnation(), earlier.epoch(), ours);
        return new Attempt(
                registration,
                registration.isPresent()
                        ? Optional.empty()
                        : Optional.of("epoch " + earlier.epoch() + " has just ended"));
    }

    private Optional<String> stranger(UUID holder, long epoch, Duration sessionTimeout) {
        long now = nanoTime.getAsLong();
        if (strangerMayJoin == null) {
            strangerMayJoin = Deadline.after(sessionTimeout, now);
        }
        return strangerMayJoin.isOver(now)
                ? Optional.empty()
                : Optional.of("another agent (incarnation " + holder + ") has resumed epoch " + epoch + " of master "
                        + self.name() + "; was the state directory copied?");
    }

    /** Writes down that this agent is about to resume the epoch, in case it ends before it knows the outcome. */
    private void announce(UUID holder, long epoch) {
        if (announced == null) {
            stateFile.write(new StateFile.Remembered(epoch, self.incarnation(), Optional.of(holder)));
            announced = holder;
        }
    }

    /** Ends the resumption: this agent has an epoch. */
    void end() {
        predecessor = null;
        announced = null;
    }
}
