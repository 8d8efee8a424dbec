package org.quorate.faults;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.quorate.acceptance.BuildbotPrograms;
import org.quorate.testing.PgBouncer;

/** The kind of a run: which builds, which faults, and which further checks at its end. */
enum Profile {
    /** All faults, on shell buildmasters. */
    SHELL(
            "1s",
            without(
                    anywhere(),
                    Kind.CUT_FROM_ONE_ZOOKEEPER,
                    Kind.CUT_ONE_WAY,
                    Kind.ZOOKEEPER_PARTITION_LEADER,
                    Kind.ZOOKEEPER_PARTITION)),
    /** All faults, and packets that vanish between any two places, in both directions or in one; as root only. */
    NAMESPACES("1s", anywhere()),
    /** Agents are killed and restarted within the grace, and nothing else happens: no claim may be released. */
    RESTARTS("20s", EnumSet.of(Kind.KILL_AGENT)),
    /** Masters that work are cut from ZooKeeper for so long that they are fenced, and nothing else happens. */
    CUTS("1s", EnumSet.of(Kind.CUT_FROM_ZOOKEEPER)),
    /** Whole machines are killed and restarted, before and after they are fenced, and nothing else happens. */
    KILLS("1s", EnumSet.of(Kind.KILL_MACHINE)),
    /** All faults, on real Buildbot masters. */
    BUILDBOT("1s", SHELL.kinds),
    /**
     * PostgreSQL is lost again and again, and its synchronous standby is promoted: nothing that was acknowledged may be
     * lost.
     */
    STANDBY("1s", EnumSet.of(Kind.POSTGRES_FAILOVER)),
    /** The same with an asynchronous standby: each loss must be noticed, and the work must be repeated. */
    STANDBY_ASYNC("1s", EnumSet.of(Kind.POSTGRES_FAILOVER)),
    /** The same, and the former primary comes back as a primary beside the promoted one. */
    FORK("1s", EnumSet.of(Kind.POSTGRES_FORK)),
    /** The disk with the history is full again and again; as root only, since a small file system is mounted for it. */
    DISK_FULL("1s", EnumSet.of(Kind.POSTGRES_DISK_FULL)),
    /** PgBouncer in session mode stands between the agents and PostgreSQL, and dies and freezes again and again. */
    POOLER(
            "1s",
            EnumSet.of(
                    Kind.POOLER_KILL,
                    Kind.POOLER_STOP,
                    Kind.POOLER_FREEZE,
                    Kind.POSTGRES_END_SESSIONS,
                    Kind.FREEZE_MACHINE,
                    Kind.CUT_AFTER_COMMIT)),
    /** No faults, but the machine has twice as much work as it can do: no master may be fenced. */
    LOAD("1s", EnumSet.noneOf(Kind.class));

    /** The seconds that a build sleeps, by builder, and how often the builder is requested. */
    private static final Map<String, String> BUILDERS = new LinkedHashMap<>();

    private static final Map<String, Integer> WEIGHTS = new LinkedHashMap<>();

    static {
        builder("blink", "0.03", 40);
        builder("short", "0.1", 30);
        builder("medium", "0.25", 20);
        builder("long", "0.5", 8);
        builder("slow", "4", 2);
    }

    private static void builder(String name, String seconds, int weight) {
        BUILDERS.put(name, seconds);
        WEIGHTS.put(name, weight);
    }

    /** The agents' session timeout: a cut from ZooKeeper that lasts longer costs a master its epoch. */
    private static final int SESSION_MILLIS = 6000;

    private final String grace;
    private final Set<Kind> kinds;

    Profile(String grace, Set<Kind> kinds) {
        this.grace = grace;
        this.kinds = kinds;
    }

    /** Returns the kinds that need no profile of their own. */
    private static Set<Kind> anywhere() {
        return without(
                EnumSet.allOf(Kind.class),
                Kind.POSTGRES_DISK_FULL,
                Kind.POSTGRES_FAILOVER,
                Kind.POSTGRES_FORK,
                Kind.POOLER_KILL,
                Kind.POOLER_STOP,
                Kind.POOLER_FREEZE);
    }

    private static Set<Kind> without(Set<Kind> all, Kind... some) {
        Set<Kind> others = EnumSet.copyOf(all);
        others.removeAll(List.of(some));
        return others;
    }

    String grace() {
        return grace;
    }

    Set<Kind> kinds() {
        return kinds.isEmpty() ? EnumSet.noneOf(Kind.class) : EnumSet.copyOf(kinds);
    }

    /**
     * Returns the possible durations. An agent that is restarted within the grace has only the rest of its
     * buildmaster's lease for it.
     */
    List<Integer> millis(Kind kind) {
        return switch (this) {
            case RESTARTS -> List.of(0);
            case CUTS ->
                kind.millis().stream().filter(millis -> millis > SESSION_MILLIS).toList();
            default -> kind.millis();
        };
    }

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the least time from one fault to the next; the longest is twice as long. */
    int leastPauseMillis() {
        if (forks()) {
            return 15_000;
        }
        return hasStandby() || hasSmallDisk() ? 9000 : 2200;
    }

    boolean isOfBuildbot() {
        return this == BUILDBOT;
    }

    /**
     * Returns how many requests a run must complete at least. A build of Buildbot costs as much as many of the shell
     * buildmaster.
     */
    int requestsAMinute() {
        return isOfBuildbot() ? 120 : 600;
    }

    /** Returns whether a former primary comes back beside the new one. */
    boolean forks() {
        return this == FORK;
    }

    boolean hasStandby() {
        return this == STANDBY || mayLose();
    }

    /** Returns whether each master and each ZooKeeper server has a network namespace of its own. */
    boolean isInNamespaces() {
        return this == NAMESPACES;
    }

    /** Returns whether a connection pooler stands between the agents and PostgreSQL. */
    boolean hasPooler() {
        return this == POOLER;
    }

    boolean hasSmallDisk() {
        return this == DISK_FULL;
    }

    /** Returns why the profile cannot run on this machine, and the remedy; empty if it can. */
    Optional<String> objection() {
        if (hasSmallDisk() && !SmallDisk.isPossible()) {
            return Optional.of("the profile " + word() + " mounts a small disk: run it as root");
        }
        if (isInNamespaces() && !Network.isPossible()) {
            return Optional.of("the profile " + word()
                    + " makes network namespaces: run it as root, with Debian's package iproute2");
        }
        if (hasPooler() && !PgBouncer.isInstalled()) {
            return Optional.of("the profile " + word() + " needs PgBouncer: apt-get install -y pgbouncer");
        }
        if (isOfBuildbot() && !BuildbotPrograms.areInstalled()) {
            return Optional.of("the profile " + word() + " needs real Buildbot masters:"
                    + " apt-get install -y buildbot buildbot-worker python3-psycopg2");
        }
        return Optional.empty();
    }

    /** Returns whether the database may lose what it has acknowledged. */
    boolean mayLose() {
        return this == STANDBY_ASYNC || forks();
    }

    /** Returns how often each builder is requested, in per cent. */
    Map<String, Integer> weights() {
        Map<String, Integer> weights = new LinkedHashMap<>(WEIGHTS);
        if (hasStandby()) {
            // so that builds still run when the database is back
            weights.merge("blink", -20, Integer::sum);
            weights.merge("slow", 20, Integer::sum);
        }
        return weights;
    }

    /** Returns whether the faults may cost a master its epoch or a claim. */
    boolean isHarmful() {
        return this != RESTARTS && this != LOAD;
    }

    /** Returns whether clocks can be stepped. Under the library for it Python's {@code time.sleep} fails. */
    boolean canStepClocks() {
        return isHarmful() && !isOfBuildbot();
    }

    /** Returns how many seconds a build sleeps, by builder. */
    Map<String, String> seconds() {
        return BUILDERS;
    }

    static Path effects(Path machine) {
        return machine.resolve("effects");
    }

    static Path journal(Path machine) {
        return machine.resolve("journal.jsonl");
    }

    /**
     * Returns the shell buildmaster's configuration. Each build notes its start and its end itself, by a clock that all
     * processes of a machine share and that no step of the wall clock moves.
     */
    String shell(Path machine) {
        List<String> lines = List.of(
                "slots: 6",
                "directory: " + machine.resolve("builds"),
                "stop_deadline: 5s",
                "journal: " + journal(machine),
                "builders:\n"
                        + BUILDERS.entrySet().stream()
                                .map(builder -> "  " + builder.getKey() + ": {command: [sh, -c, '"
                                        + script(effects(machine), builder.getValue()) + "']}\n")
                                .collect(Collectors.joining()),
                "schedulers:",
                "  beat: {kind: periodic, every: 2s, builders: [blink]}",
                "  pulse: {kind: periodic, every: 3s, builders: [short]}",
                "  echo: {kind: dependent, upstream: beat, builders: [short]}",
                "  answer: {kind: dependent, upstream: pulse, builders: [blink]}",
                "");
        return String.join("\n", lines);
    }

    private static String script(Path effects, String seconds) {
        String note = "read up idle </proc/uptime; echo \"%s $QUORATE_BRID $QUORATE_ATTEMPT $up\" >>" + effects;
        return note.formatted("start") + "; sleep " + seconds + "; " + note.formatted("end");
    }
}
