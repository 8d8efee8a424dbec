package org.quorate.faults;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The faults of a run and their times: a pure function of its seed, its length and its profile. */
final class Plan {
    private static final int FIRST_MILLIS = 4000;
    private static final int COMMAND_PAUSE_MILLIS = 5000;
    /** The time that a master needs to recover before the next fault. */
    private static final int RECOVERY_MILLIS = 6000;
    /** At most two of four masters, so that the work goes on. */
    private static final int MASTERS_HIT_AT_A_TIME = 2;

    private final Random random;
    private final Profile profile;
    private final Map<String, Long> busyUntil = new HashMap<>();
    private final List<Fault> faults = new ArrayList<>();

    private Plan(long seed, Profile profile) {
        this.random = new Random(seed);
        this.profile = profile;
    }

    static List<Fault> of(long seed, long lengthMillis, Profile profile) {
        Plan plan = new Plan(seed, profile);
        Set<Kind> commands = EnumSet.noneOf(Kind.class);
        Set<Kind> others = EnumSet.noneOf(Kind.class);
        profile.kinds().forEach(kind -> (kind.isCommand() ? commands : others).add(kind));
        plan.fill(others, lengthMillis, profile.leastPauseMillis(), profile.leastPauseMillis());
        plan.fill(commands, lengthMillis, COMMAND_PAUSE_MILLIS, COMMAND_PAUSE_MILLIS);
        plan.faults.sort((a, b) -> Long.compare(a.atMillis(), b.atMillis()));
        List<Fault> numbered = new ArrayList<>();
        for (Fault f : plan.faults) {
            numbered.add(
                    new Fault(numbered.size() + 1, f.atMillis(), f.kind(), f.victim(), f.lastsMillis(), f.choice()));
        }
        return numbered;
    }

    private void fill(Set<Kind> kinds, long lengthMillis, int leastPause, int morePause) {
        if (kinds.isEmpty()) {
            return;
        }
        long at = FIRST_MILLIS + random.nextInt(morePause);
        while (at < lengthMillis) {
            for (int tries = 0; tries < 20 && !place(draw(kinds), at); tries++) {
                // a fault already hits the target: draw another
            }
            at += leastPause + random.nextInt(morePause);
        }
    }

    private Kind draw(Set<Kind> kinds) {
        double at =
                random.nextDouble() * kinds.stream().mapToDouble(Kind::weight).sum();
        Kind last = null;
        for (Kind kind : kinds) {
            last = kind;
            at -= kind.weight();
            if (at < 0) {
                break;
            }
        }
        return last;
    }

    private boolean place(Kind kind, long at) {
        List<Integer> lasts = profile.millis(kind);
        int of = kind.isOfZooKeeper() ? 3 : Fault.MASTERS;
        Fault fault = new Fault(
                0,
                at,
                kind,
                // only the clock of one master can be stepped
                kind == Kind.CLOCK_STEP ? Fault.MASTERS : 1 + random.nextInt(of),
                lasts.get(random.nextInt(lasts.size())),
                random.nextInt(1000));
        boolean hitsMaster = kind.isOfProcesses() || kind.isOfNetwork();
        if (busyUntil.getOrDefault(fault.target(), 0L) > at
                || hitsMaster && mastersHit(fault.master(), at) >= MASTERS_HIT_AT_A_TIME) {
            return false;
        }
        busyUntil.put(fault.target(), at + fault.lastsMillis() + (hitsMaster ? RECOVERY_MILLIS : 1000));
        faults.add(fault);
        return true;
    }

    /** Counts the masters that are hit, apart from this one. */
    private long mastersHit(String master, long at) {
        return busyUntil.entrySet().stream()
                .filter(each -> each.getKey().matches("(processes|network) of .*") && each.getValue() > at)
                .map(each -> each.getKey().replaceAll(".* ", ""))
                .filter(each -> !each.equals(master))
                .distinct()
                .count();
    }
}
