package org.quorate.demo.faults;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.quorate.demo.faults.Picture.Master;

/** Which master is hit: one that has something to lose, the same for the same seed and the same picture. */
final class Victims {
    /** A claim or two may complete between the look and the signal. */
    private static final int LEAST_CLAIMS = 3;

    private Victims() {}

    /**
     * One of the active masters that hold claims and own a scheduler; if none does both, one that holds claims, as long
     * as {@code strict} does not forbid it.
     */
    static Optional<String> choose(List<Master> masters, boolean strict, Random random) {
        List<Master> busy = masters.stream()
                .filter(master -> master.isActive() && master.claims() >= LEAST_CLAIMS)
                .sorted(Comparator.comparing(Master::name))
                .toList();
        List<Master> owners =
                busy.stream().filter(master -> master.schedulers() > 0).toList();
        List<Master> candidates = owners.isEmpty() && !strict ? busy : owners;
        return candidates.isEmpty()
                ? Optional.empty()
                : Optional.of(candidates.get(random.nextInt(candidates.size())).name());
    }
}
