package org.quorate.agent.loop;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** All loops of one agent. Add them before {@link #start}; after that, thread-safe. */
public final class Loops implements AutoCloseable {
    private final Map<LoopName, Loop> loops = new EnumMap<>(LoopName.class);
    private final LongSupplier nanoTime;

    public Loops(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    public void add(LoopName name, Step step) {
        loops.put(name, new Loop(name.toString(), step, nanoTime));
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

    public List<Loop> list() {
        return List.copyOf(loops.values());
    }

    /** Returns when the current steps have ended. */
    @Override
    public void close() {
        loops.values().forEach(Loop::close);
    }
}
