package org.quorate.agent.testing;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.quorate.agent.link.Link;
import org.quorate.event.Batch;
import org.quorate.scheduler.Ownership;

/** The buildmaster's end of a link, as a list of what it was told. */
public final class RecordingLink implements Link {
    public final List<String> told = new CopyOnWriteArrayList<>();
    public final List<Batch> heard = new CopyOnWriteArrayList<>();
    public volatile boolean behind;
    public volatile Duration lease = Duration.ZERO;
    /** What the buildmaster promised in its hello. */
    public Optional<Duration> promised = Optional.empty();
    /** Whether it said anything since the agent last asked. */
    public boolean spoke;
    /** What happens when it hears that a scheduler is not its own any more. */
    public Runnable onDisown = () -> {};

    @Override
    public void lease(Duration remaining) {
        told.add("lease");
        lease = remaining;
    }

    @Override
    public void own(Ownership ownership) {
        told.add("own " + ownership.scheduler());
    }

    @Override
    public void disown(String scheduler) {
        told.add("disown " + scheduler);
        onDisown.run();
    }

    @Override
    public void wake() {
        told.add("wake");
    }

    @Override
    public void due(String scheduler, List<Integer> buildsets) {
        told.add("due " + scheduler + " " + buildsets);
    }

    @Override
    public void cancel(int brid, String why) {
        told.add("cancel " + brid);
    }

    @Override
    public void drain(boolean on) {
        told.add("drain " + on);
    }

    @Override
    public void events(Batch batch) {
        heard.add(batch);
    }

    @Override
    public boolean isBehind() {
        return behind;
    }

    @Override
    public void fence(String why) {
        told.add("fence");
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
        told.add("close");
    }
}
