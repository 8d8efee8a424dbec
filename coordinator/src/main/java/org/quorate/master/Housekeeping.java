package org.quorate.master;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quorate.time.DurationOrder;

/**
 * Decides what the housekeeper does for failed masters. At each look it compares which masters are alive in ZooKeeper
 * with which masters are active in the database. An active master that was absent at two looks at least <em>grace</em>
 * apart is failed over. The claims of a master that has been fenced for the kill time are released. A decision is
 * repeated at every look until the rows show that it was carried out.
 *
 * <p>An absence is forgotten when the master reappears, when its epoch changes (it registered again), when a look
 * failed, and when the housekeeper itself is missing in the picture: such a picture proves nothing about other masters.
 *
 * <p><b>When all other masters vanish at the same look</b>, and there are at least two of them, the more likely cause
 * is the ensemble or the network of this machine. They are failed over nevertheless, because the database's fence is
 * safe in either case and one master must continue. But the second look comes after twice the grace, so that the
 * sessions have time to move to another member of the ensemble.
 *
 * <p>One thread. Create a new instance for every leader epoch: the looks of another housekeeper prove nothing to this
 * one.
 */
public final class Housekeeping {
    private final String self;
    private final Timing timing;
    private final Map<Integer, Absence> absences = new HashMap<>();
    private final Map<Integer, Waiting> fenced = new HashMap<>();

    public Housekeeping(String self, Timing timing) {
        this.self = self;
        this.timing = timing;
    }

    /**
     * The input of one look.
     *
     * @param living names of the masters that have a node, including the housekeeper itself; read after a {@code sync}
     * @param rows all masters in the database
     * @param nowNanos the monotonic clock when both were read
     */
    public record Picture(Set<String> living, List<MasterRow> rows, long nowNanos) {
        public Picture {
            living = Set.copyOf(living);
            rows = List.copyOf(rows);
        }
    }

    /** The decisions of a look, and when to look again if nothing wakes the housekeeper earlier. */
    public record Findings(List<Decision> decisions, Duration nextLookIn) {
        public Findings {
            decisions = List.copyOf(decisions);
        }
    }

    /** One action for one master. */
    public sealed interface Decision {
        MasterRow victim();

        /** The reason, for the log and the history. */
        String why();
    }

    /** T5, first half: end the victim's epoch if it is still the one in the row. */
    public record FailOver(MasterRow victim, String why) implements Decision {}

    /** T5, second half: release what the fenced victim still holds. */
    public record Release(MasterRow victim, String why) implements Decision {}

    private record Absence(long epoch, long sinceNanos, Duration patience) {}

    private record Waiting(long epoch, long sinceNanos) {}

    /** Notes what the picture shows, and decides. */
    public Findings look(Picture picture) {
        if (!picture.living().contains(self)) {
            lookFailed();
            return new Findings(List.of(), timing.grace());
        }
        noteAbsences(picture);
        noteFenced(picture);
        List<Decision> decisions = new ArrayList<>();
        Duration next = timing.quietLook();
        for (MasterRow row : picture.rows()) {
            Duration left = timeLeft(row, picture.nowNanos());
            if (left.isZero()) {
                decisions.add(decide(row, picture.nowNanos()));
                left = timing.grace();
            }
            next = DurationOrder.shorter(left, next);
        }
        return new Findings(decisions, next);
    }

    /**
     * Notes that a look could not be completed: a master that was absent may have been back meanwhile. A fenced master
     * stays fenced no matter what is seen, so its kill time continues.
     */
    public void lookFailed() {
        absences.clear();
    }

    private void noteAbsences(Picture picture) {
        Map<Integer, MasterRow> absent = picture.rows().stream()
                .filter(row -> row.state() == MasterRow.State.ACTIVE
                        && !picture.living().contains(row.name()))
                .collect(Collectors.toMap(MasterRow::masterid, row -> row));
        absences.entrySet()
                .removeIf(entry ->
                        !hasEpoch(absent.get(entry.getKey()), entry.getValue().epoch()));
        Duration patience = isStorm(picture, absent.values()) ? timing.grace().multipliedBy(2) : timing.grace();
        for (MasterRow row : absent.values()) {
            absences.putIfAbsent(row.masterid(), new Absence(row.epoch(), picture.nowNanos(), patience));
        }
    }

    /**
     * Returns whether no other active master is left, and at least two masters are absent that were not absent at the
     * last look.
     */
    private boolean isStorm(Picture picture, Collection<MasterRow> absent) {
        boolean anyOtherLeft = picture.rows().stream()
                .anyMatch(row -> row.state() == MasterRow.State.ACTIVE
                        && !row.name().equals(self)
                        && picture.living().contains(row.name()));
        long vanishedNow = absent.stream()
                .filter(row -> !absences.containsKey(row.masterid()))
                .count();
        return !anyOtherLeft && vanishedNow >= 2;
    }

    private void noteFenced(Picture picture) {
        Map<Integer, MasterRow> rows = picture.rows().stream()
                .filter(row ->
                        row.state() == MasterRow.State.FENCED && !row.name().equals(self))
                .collect(Collectors.toMap(MasterRow::masterid, row -> row));
        fenced.entrySet()
                .removeIf(entry ->
                        !hasEpoch(rows.get(entry.getKey()), entry.getValue().epoch()));
        for (MasterRow row : rows.values()) {
            fenced.putIfAbsent(row.masterid(), new Waiting(row.epoch(), picture.nowNanos()));
        }
    }

    /** Returns the time until a decision about this master is due, or the time of a quiet look if none is coming. */
    private Duration timeLeft(MasterRow row, long nowNanos) {
        Absence absence = absences.get(row.masterid());
        if (absence != null) {
            return left(absence.patience(), nowNanos - absence.sinceNanos());
        }
        Waiting waiting = fenced.get(row.masterid());
        return waiting == null ? timing.quietLook() : left(timing.killTime(), nowNanos - waiting.sinceNanos());
    }

    private Decision decide(MasterRow row, long nowNanos) {
        Absence absence = absences.get(row.masterid());
        if (absence != null) {
            return new FailOver(
                    row,
                    row.name() + " has been absent for " + (nowNanos - absence.sinceNanos()) / 1_000_000
                            + " ms and is active in epoch " + row.epoch());
        }
        Waiting waiting = Objects.requireNonNull(fenced.get(row.masterid()));
        return new Release(
                row,
                row.name() + " has been fenced for " + (nowNanos - waiting.sinceNanos()) / 1_000_000
                        + " ms, its kill time of " + timing.killTime().toMillis() + " ms is over");
    }

    private static boolean hasEpoch(@Nullable MasterRow row, long epoch) {
        return row != null && row.epoch() == epoch;
    }

    private static Duration left(Duration patience, long elapsedNanos) {
        Duration left = patience.minusNanos(elapsedNanos);
        return left.isNegative() ? Duration.ZERO : left;
    }
}
