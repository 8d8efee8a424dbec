package org.quorate.demo.faults;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.quorate.demo.faults.Picture.Master;

/** Chooses the master that is hit: one that has work to lose. The choice is the same for the same seed and picture. */
final class Victims {
    /** At least this many claims, since one or two may complete before the signal arrives. */
    private static final int LEAST_CLAIMS = 3;

    private Victims() {}

    /**
     * Returns one of the active masters that hold claims and own a scheduler. If there is none, returns one that holds
     * claims, unless {@code strict} forbids it.
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
