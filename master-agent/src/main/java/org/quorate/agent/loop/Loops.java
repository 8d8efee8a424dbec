package org.quorate.agent.loop;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** All loops of one agent. Add them before {@link #start}; after that, thread-safe. */
public final class Loops implements AutoCloseable {
    private final Map<LoopName, Loop> loops = new EnumMap<>(LoopName.class);
    private final LongSupplier nanoTime;
    private final DoubleSupplier random;

    /**
     * Makes no loop yet.
     *
     * @param random returns numbers from 0 to 1, for the length of pauses
     */
    public Loops(LongSupplier nanoTime, DoubleSupplier random) {
        this.nanoTime = nanoTime;
        this.random = random;
    }

    public void add(LoopName name, Step step) {
        loops.put(name, new Loop(name.toString(), step, new Pauses(name.afterAFailure(), random), nanoTime));
    }

    /**
     * Wakes these loops; ignores those that this agent does not have. Any thread, also a callback of a client library.
     */
    public void wake(LoopName... names) {
        for (LoopName name : names) {
            Loop loop = loops.get(name);
            if (loop != null) {
                loop.wake();
            }
        }
    }

    public void start() {
        loops.values().forEach(Loop::start);
    }

    /** Returns what keeps this loop from its work; empty if its last step did it. */
    public Optional<String> trouble(LoopName name) {
        return Optional.ofNullable(loops.get(name)).flatMap(Loop::trouble);
    }

    public List<Loop> list() {
        return List.copyOf(loops.values());
    }

    /** Returns when the current steps have ended. */
    @Override
    public void close() {
        loops.values().forEach(Loop::close);
    }
}
