package org.quorate.agent.link;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;
import org.quorate.claim.Attempt;
import org.quorate.scheduler.Schedulers;

/**
 * The first message of a buildmaster, in which it describes itself.
 *
 * @param name for people and logs; the agent's configuration, not this name, decides which master it is
 * @param slots builds that it runs at the same time, over all builders
 * @param running all attempts that it is still responsible for: builds that run, and builds that ended but whose
 *     completion was not acknowledged yet
 * @param changeSources the change sources that this buildmaster can run; they are owned as schedulers are
 * @param workerPort the port on which it takes workers
 * @param unanswered the token of its last {@link FreeSlots}, if it received no answer to it
 * @param heard present if it wants the events of other masters: the number of the last event that it received from each
 *     master; an empty map if it has received none yet
 */
public record Hello(
        String name,
        String version,
        int slots,
        List<Builder> builders,
        List<OfferedScheduler> schedulers,
        List<Attempt> running,
        Optional<UUID> unanswered,
        List<String> changeSources,
        OptionalInt workerPort,
        Optional<Map<Integer, Long>> heard) {
    public Hello {
        builders = List.copyOf(builders);
        schedulers = List.copyOf(schedulers);
        running = List.copyOf(running);
        changeSources = List.copyOf(changeSources);
        heard = heard.map(Map::copyOf);
    }

    /** Makes the hello of a buildmaster without change sources, workers and events. */
    public Hello(
            String name,
            String version,
            int slots,
            List<Builder> builders,
            List<OfferedScheduler> schedulers,
            List<Attempt> running) {
        this(
                name,
                version,
                slots,
                builders,
                schedulers,
                running,
                Optional.empty(),
                List.of(),
                OptionalInt.empty(),
                Optional.empty());
    }

    /** Returns the same hello with the token of a claim that was not answered. */
    public Hello withUnanswered(Optional<UUID> attempt) {
        return new Hello(
                name, version, slots, builders, schedulers, running, attempt, changeSources, workerPort, heard);
    }

    /**
     * Returns all that this buildmaster can own, schedulers and change sources, under the names that the stores use.
     */
    public List<String> services() {
        return Stream.concat(
                        schedulers.stream().map(OfferedScheduler::name),
                        changeSources.stream().map(name -> Schedulers.CHANGE_SOURCE + name))
                .toList();
    }

    /** A builder, and how many of its builds this buildmaster may run at the same time. */
    public record Builder(String name, int slots) {}

    /**
     * A scheduler that this buildmaster can run.
     *
     * @param kind one word, shown to operators: {@code periodic}, {@code nightly}, {@code dependent}, …
     * @param upstream the scheduler whose successful buildsets this one waits for; the agent then sends {@code due}
     */
    public record OfferedScheduler(String name, String kind, Optional<String> upstream) {}
}
