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
 * What a buildmaster says of itself when it connects.
 *
 * @param name for people and logs; the agent's configuration, not this, says which master it is
 * @param slots builds that it runs at the same time, over all builders
 * @param running all that it still answers for: builds that run, and builds that ended but whose completion was not
 *     acknowledged yet
 * @param changeSources that this buildmaster can run; owned as schedulers are
 * @param workerPort where it takes workers
 * @param unanswered the token of its last {@link FreeSlots}, if no answer to it came
 * @param heard present if it wants to hear what other masters' buildmasters say: the last number by master, none if it
 *     has heard nothing yet
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

    /** Of a buildmaster without change sources, workers and talk. */
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

    /** The same, after a question to which no answer came. */
    public Hello withUnanswered(Optional<UUID> attempt) {
        return new Hello(
                name, version, slots, builders, schedulers, running, attempt, changeSources, workerPort, heard);
    }

    /** All that this buildmaster can own, by the names that agent and stores use: schedulers and change sources. */
    public List<String> ownable() {
        return Stream.concat(
                        schedulers.stream().map(OfferedScheduler::name),
                        changeSources.stream().map(name -> Schedulers.CHANGE_SOURCE + name))
                .toList();
    }

    /** A builder, and how many of its builds may run here at the same time. */
    public record Builder(String name, int slots) {}

    /**
     * A scheduler that this buildmaster can run.
     *
     * @param kind one word, shown to operators: {@code periodic}, {@code nightly}, {@code dependent}, …
     * @param upstream the scheduler whose successful buildsets this one waits for; the agent then says {@code due}
     */
    public record OfferedScheduler(String name, String kind, Optional<String> upstream) {}
}
