package org.quorate.health;

import static org.quorate.health.Lack.Grade.HALTED;
import static org.quorate.health.Lack.Grade.IMPAIRED;
import static org.quorate.health.Lack.Subject.BUILDERS;
import static org.quorate.health.Lack.Subject.BUILDMASTERS;
import static org.quorate.health.Lack.Subject.DATABASE;
import static org.quorate.health.Lack.Subject.GIVEN_BACK;
import static org.quorate.health.Lack.Subject.HOUSEKEEPER;
import static org.quorate.health.Lack.Subject.MASTERS;
import static org.quorate.health.Lack.Subject.SCHEDULERS;
import static org.quorate.health.Lack.Subject.SET_ASIDE;
import static org.quorate.health.Lack.Subject.ZOOKEEPER;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.quorate.health.ClusterPicture.MasterPicture;
import org.quorate.health.ClusterPicture.Queue;
import org.quorate.health.ClusterPicture.Resting;
import org.quorate.health.ClusterPicture.State;
import org.quorate.health.ClusterPicture.Store;

/**
 * The one notion of health: what the cluster cannot do now. A healthy cluster lacks nothing. What follows from a lack
 * that is already named is not named again: without a living master nobody asks which of them offers a builder.
 */
public final class Health {
    private static final String NOTHING = "no build is started and no scheduler runs: ";

    /** A sentence lists at most this many names. */
    private static final int NAMED = 5;

    private final ClusterPicture picture;
    private final List<Lack> lacks = new ArrayList<>();

    private Health(ClusterPicture picture) {
        this.picture = picture;
    }

    /** Returns what the cluster cannot do, the worst first; empty: it can do all of its work. */
    public static List<Lack> lacks(ClusterPicture picture) {
        Health health = new Health(picture);
        health.look();
        return health.lacks.stream()
                .sorted(Comparator.comparing(Lack::grade).reversed())
                .toList();
    }

    /** Returns the worst grade; empty for a healthy cluster. */
    public static Optional<Lack.Grade> worst(List<Lack> lacks) {
        return lacks.stream().map(Lack::grade).max(Comparator.naturalOrder());
    }

    private void look() {
        if (picture.database() == Store.DOWN) {
            add(
                    DATABASE,
                    HALTED,
                    NOTHING + "PostgreSQL does not answer",
                    "start PostgreSQL; the agents go on by themselves when it is back");
            return;
        }
        List<MasterPicture> open =
                picture.masters().stream().filter(MasterPicture::isOpen).toList();
        if (picture.hold().isPresent()) {
            add(
                    MASTERS,
                    HALTED,
                    NOTHING + "everything is held " + picture.hold().get(),
                    "when the reason is gone: quorate resume");
        } else if (open.isEmpty()) {
            nobodyIsOpen();
        } else if (open.stream().allMatch(master -> master.builders() == 0)) {
            add(
                    MASTERS,
                    HALTED,
                    "no build is started: no living master has a builder",
                    "look at the agents' logs: their buildmasters do not run yet, or configure no builder");
        } else {
            queues(open);
        }
        zooKeeper();
        buildmasters();
        if (!open.isEmpty() && picture.hold().isEmpty()) {
            schedulers();
        }
        setAside();
        givenBack();
    }

    private void nobodyIsOpen() {
        List<MasterPicture> working =
                picture.masters().stream().filter(MasterPicture::works).toList();
        if (!working.isEmpty()) {
            String names = names(working.stream().map(MasterPicture::name).toList());
            add(
                    MASTERS,
                    HALTED,
                    NOTHING + "every living master is drained or held (" + names + ")",
                    "when the work on them is done: quorate undrain MASTER, or quorate lift master MASTER");
        } else if (picture.masters().isEmpty()) {
            add(MASTERS, HALTED, NOTHING + "no master has joined yet", "start quorate-agent beside a buildmaster");
        } else {
            String names =
                    names(picture.masters().stream().map(MasterPicture::name).toList());
            add(MASTERS, HALTED, NOTHING + "no master is alive", "start quorate-agent on one or more of " + names);
        }
    }

    private void queues(List<MasterPicture> open) {
        Set<String> takers = open.stream().map(MasterPicture::name).collect(Collectors.toSet());
        Set<String> drained = picture.masters().stream()
                .filter(master -> master.works() && master.state() == State.DRAINING)
                .map(MasterPicture::name)
                .collect(Collectors.toSet());
        List<Queue> stuck = picture.queues().stream()
                .filter(queue -> queue.masters().stream().noneMatch(takers::contains))
                .toList();
        for (Queue queue : stuck.stream().limit(NAMED).toList()) {
            List<String> draining =
                    queue.masters().stream().filter(drained::contains).sorted().toList();
            boolean offered = !draining.isEmpty();
            add(
                    BUILDERS,
                    IMPAIRED,
                    "builder " + queue.builder() + " has " + requests(queue.pending()) + " pending and "
                            + (offered
                                    ? "only drained or held masters offer it: " + names(draining)
                                    : "no master offers it"),
                    offered
                            ? "quorate undrain " + String.join(" ", draining)
                                    + ", or quorate lift master NAME for one that is held"
                            : "start a master that has " + queue.builder() + ", or cancel them");
        }
        if (stuck.size() > NAMED) {
            add(
                    BUILDERS,
                    IMPAIRED,
                    (stuck.size() - NAMED) + " more builders have pending requests and no open master offers them",
                    "quorate builders lists them");
        }
    }

    private void zooKeeper() {
        if (picture.zooKeeper() == Store.DOWN) {
            add(
                    ZOOKEEPER,
                    IMPAIRED,
                    "no dead master is failed over and no scheduler moves: ZooKeeper does not answer",
                    "start a majority of the ZooKeeper servers; the agents reconnect by themselves");
            return;
        }
        boolean agents = picture.masters().stream().anyMatch(master -> master.works() && master.state() != State.STOCK);
        if (agents && !picture.leads()) {
            add(
                    HOUSEKEEPER,
                    IMPAIRED,
                    "no dead master is failed over: no master is the housekeeper",
                    "if it lasts, look at the agents' logs and at ZooKeeper: quorate doctor");
        } else if (agents) {
            for (MasterPicture master : picture.masters()) {
                if (master.waitsForFailover()) {
                    add(
                            HOUSEKEEPER,
                            IMPAIRED,
                            master.name() + " is gone and not failed over yet: the " + requests(master.held())
                                    + " that it holds wait",
                            "it takes seconds; if it lasts, a lock may be in the way: quorate doctor");
                }
            }
        }
    }

    private void buildmasters() {
        for (MasterPicture master : picture.masters()) {
            if (master.works() && !master.trouble().isEmpty()) {
                add(
                        BUILDMASTERS,
                        IMPAIRED,
                        master.name() + ": " + master.trouble(),
                        "read the named log, mend the cause (buildbot checkconfig shows mistakes of master.cfg), then"
                                + " run quorate restart MASTER: it does not wait for the agent's next try");
            }
        }
    }

    private void schedulers() {
        List<String> orphans = picture.schedulers().stream()
                .filter(resting -> resting.owner().isEmpty())
                .map(Resting::scheduler)
                .toList();
        if (!orphans.isEmpty()) {
            add(
                    SCHEDULERS,
                    IMPAIRED,
                    number(orphans.size(), "scheduler does", "schedulers do") + " not run, without owner: "
                            + names(orphans),
                    "start a master that configures them, or disable each: quorate disable SCHEDULER");
        }
        List<Resting> drained = picture.schedulers().stream()
                .filter(resting -> resting.owner().isPresent())
                .toList();
        if (!drained.isEmpty()) {
            String owners = names(drained.stream()
                    .flatMap(resting -> resting.owner().stream())
                    .distinct()
                    .toList());
            add(
                    SCHEDULERS,
                    IMPAIRED,
                    number(drained.size(), "scheduler does", "schedulers do") + " not run, whose owner is drained: "
                            + names(drained.stream().map(Resting::scheduler).toList()) + " (" + owners + ")",
                    "undrain the owner, or start another master that configures them");
        }
    }

    private void setAside() {
        if (!picture.setAside().isEmpty()) {
            add(
                    SET_ASIDE,
                    IMPAIRED,
                    number(picture.setAside().size(), "request is", "requests are") + " set aside, first "
                            + picture.setAside().get(0),
                    "the database fails for these buildrequests; they are tried again after a while. Mend the cause,"
                            + " or end each: quorate cancel REQUEST");
        }
    }

    private void givenBack() {
        if (!picture.givenBack().isEmpty()) {
            add(
                    GIVEN_BACK,
                    IMPAIRED,
                    number(picture.givenBack().size(), "request is", "requests are")
                            + " claimed and given back over and over, first "
                            + picture.givenBack().get(0),
                    "read the log of that master: its buildmaster takes what it cannot build");
        }
    }

    private void add(Lack.Subject subject, Lack.Grade grade, String what, String mend) {
        lacks.add(new Lack(subject, grade, what, mend));
    }

    private static String requests(long count) {
        return number(count, "request", "requests");
    }

    private static String number(long count, String one, String several) {
        return count + " " + (count == 1 ? one : several);
    }

    private static String names(List<String> names) {
        String listed = names.stream().limit(NAMED).collect(Collectors.joining(", "));
        return names.size() <= NAMED ? listed : listed + " and " + (names.size() - NAMED) + " more";
    }
}
