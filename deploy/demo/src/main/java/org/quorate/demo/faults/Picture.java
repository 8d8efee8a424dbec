package org.quorate.demo.faults;

import java.util.List;
import java.util.Map;
import org.quorate.demo.cluster.Ledger;
import org.quorate.demo.cluster.Ledger.Row;
import org.quorate.demo.cluster.Sample;

/**
 * A snapshot of the cluster, all from the database.
 *
 * @param seconds since the demo began its work
 */
public record Picture(
        double seconds,
        int submitted,
        int completed,
        int pending,
        int claimed,
        List<Master> masters,
        List<Builder> builders,
        List<Scheduler> schedulers) {
    public Picture {
        masters = List.copyOf(masters);
        builders = List.copyOf(builders);
        schedulers = List.copyOf(schedulers);
    }

    /** A master, with what it holds and what it has completed. */
    public record Master(
            String name, String state, long epoch, int claims, int schedulers, boolean leads, int completed) {
        public boolean isActive() {
            return state.equals("active");
        }
    }

    /** A builder with its queue. */
    public record Builder(String name, int pending, int running, int completed, int masters) {}

    /**
     * A scheduler at one moment.
     *
     * @param owner empty: no master owns it
     */
    public record Scheduler(String name, String owner, int ticks) {}

    public static Picture of(Ledger ledger, double seconds) {
        Row totals = ledger.row("demo/totals", Map.of());
        return new Picture(
                seconds,
                totals.number("submitted"),
                totals.number("completed"),
                totals.number("pending"),
                totals.number("claimed"),
                ledger.rows("demo/masters").stream().map(Picture::master).toList(),
                ledger.rows("demo/builders").stream().map(Picture::builder).toList(),
                ledger.rows("demo/schedulers").stream()
                        .map(row -> new Scheduler(row.text("name"), row.text("owner"), row.number("ticks")))
                        .toList());
    }

    private static Master master(Row row) {
        return new Master(
                row.text("name"),
                row.text("state"),
                row.large("epoch"),
                row.number("claims"),
                row.number("schedulers"),
                row.is("leads"),
                row.number("completed"));
    }

    private static Builder builder(Row row) {
        return new Builder(
                row.text("name"),
                row.number("pending"),
                row.number("running"),
                row.number("completed"),
                row.number("masters"));
    }

    long activeMasters() {
        return masters.stream().filter(Master::isActive).count();
    }

    public boolean isActive(String master) {
        return masters.stream().anyMatch(m -> m.name().equals(master) && m.isActive());
    }

    public boolean isIdle() {
        return pending == 0 && claimed == 0;
    }

    /** Returns whether every master is registered with all builders, and every scheduler has an owner. */
    public boolean isReady(int wantedMasters) {
        return activeMasters() == wantedMasters
                && builders.size() >= Sample.BUILDERS.size()
                && builders.stream().allMatch(b -> b.masters() == wantedMasters)
                && !schedulers.isEmpty()
                && schedulers.stream().noneMatch(s -> s.owner().isEmpty());
    }
}
