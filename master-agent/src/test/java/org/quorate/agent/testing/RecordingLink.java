package org.quorate.agent.testing;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.quorate.agent.link.Link;
import org.quorate.event.Batch;
import org.quorate.scheduler.Ownership;

/** The buildmaster's end of a link, as a record of the agent's messages. */
public final class RecordingLink implements Link {
    public final List<String> sent = new CopyOnWriteArrayList<>();
    public final List<Batch> batches = new CopyOnWriteArrayList<>();
    public volatile boolean behind;
    public volatile Duration lease = Duration.ZERO;
    /** What the buildmaster promised in its hello. */
    public Optional<Duration> promised = Optional.empty();
    /** Whether the buildmaster sent anything since the agent last asked. */
    public boolean spoke;
    /** An action that runs when the agent disowns a scheduler. */
    public Runnable onDisown = () -> {};

    @Override
    public void lease(Duration remaining) {
        sent.add("lease");
        lease = remaining;
    }

    @Override
    public void own(Ownership ownership) {
        sent.add("own " + ownership.scheduler());
    }

    @Override
    public void disown(String scheduler) {
        sent.add("disown " + scheduler);
        onDisown.run();
    }

    @Override
    public void wake() {
        sent.add("wake");
    }

    @Override
    public void due(String scheduler, List<Integer> buildsets) {
        sent.add("due " + scheduler + " " + buildsets);
    }

    @Override
    public void cancel(int brid, String why) {
        sent.add("cancel " + brid);
    }

    @Override
    public void drain(boolean on) {
        sent.add("drain " + on);
    }

    @Override
    public void database(UUID identity) {
        sent.add("database " + identity);
    }

    @Override
    public void events(Batch batch) {
        batches.add(batch);
    }

    @Override
    public boolean isBehind() {
        return behind;
    }

    @Override
    public void fence(String why) {
        sent.add("fence");
    }

    @Override
    public Optional<Duration> promised() {
        return promised;
    }

    @Override
    public boolean spoke() {
        boolean was = spoke;
        spoke = false;
        return was;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {
        sent.add("close");
    }
}
