package org.quorate.demo.faults;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.quorate.demo.cluster.Ledger;
import org.quorate.demo.cluster.Ledger.Row;

/**
 * What became of everything that a master held when a signal hit it, from the history. All times are the database's.
 *
 * @param how {@code killed} or {@code frozen}
 * @param released buildrequests that the housekeeper released from it
 * @param reclaimed those of them that were claimed since: by another master, or by this one, woken, in its next epoch
 * @param owned schedulers that it owned at the signal
 * @param moved those of them that another master owns since
 * @param free seconds from the signal until other masters could claim everything that it held
 * @param first seconds from the signal to the first such claim
 * @param last seconds from the signal to the last such claim or ownership
 */
public record Failover(
        String master,
        String how,
        int released,
        int reclaimed,
        int owned,
        int moved,
        Optional<Double> free,
        Optional<Double> first,
        Optional<Double> last) {

    static Failover of(Ledger ledger, String master, String how, OffsetDateTime signal) {
        Row row = ledger.row("demo/failover", Map.of("master", master, "signal", signal));
        Optional<Double> reclaim = row.seconds("last_reclaim");
        Optional<Double> move = row.seconds("last_move");
        return new Failover(
                master,
                how,
                row.number("released"),
                row.number("reclaimed"),
                row.number("owned"),
                row.number("moved"),
                row.seconds("last_release"),
                row.seconds("first_reclaim"),
                reclaim.isPresent() && move.isPresent()
                        ? Optional.of(Math.max(reclaim.get(), move.get()))
                        : reclaim.or(() -> move));
    }

    /** Returns whether everything that the master held is held again, in another epoch. */
    boolean isOver() {
        return released > 0 && reclaimed == released && moved == owned;
    }

    public String sentence() {
        List<String> what = new ArrayList<>();
        if (reclaimed > 0) {
            what.add(count(reclaimed, "buildrequest"));
        }
        if (moved > 0) {
            what.add(count(moved, "scheduler"));
        }
        return String.format(
                Locale.ROOT,
                "%s %s: %s moved in %.1f s%s%s",
                master,
                how,
                what.isEmpty() ? "nothing" : String.join(" and ", what),
                last.orElse(0.0),
                free.map(s -> String.format(Locale.ROOT, "; free for others after %.1f s", s))
                        .orElse(""),
                first.map(s -> String.format(Locale.ROOT, ", the first claimed after %.1f s", s))
                        .orElse(""));
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
