package org.quorate.cli.doctor;

import static org.quorate.cli.doctor.Finding.Result.FAIL;
import static org.quorate.cli.doctor.Finding.Result.WARN;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.quorate.cli.output.Row;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.IdentityRules;
import org.quorate.identity.Memory;
import org.quorate.identity.Pairing;
import org.quorate.identity.Step;
import org.quorate.master.Member;

/** Compares what the two stores record of each other, and the masters that each of them knows. */
final class DoctorOfIdentity {
    private final DatabaseView view;
    private final List<Row> masters;
    private final String leader;

    /** @param leader the housekeeper's name in the database; empty: none */
    DoctorOfIdentity(DatabaseView view, List<Row> masters, String leader) {
        this.view = view;
        this.masters = masters;
        this.leader = leader;
    }

    /** Compares the stores, of which ZooKeeper has answered. */
    List<Finding> examine(Optional<Pairing> pairing, Map<String, Member> members) {
        List<Finding> findings = new ArrayList<>();
        findings.add(identity(pairing));
        findings.add(absent(members));
        findings.add(strangers(members));
        findings.add(leader(members));
        return findings;
    }

    private Finding identity(Optional<Pairing> pairing) {
        // an agent that has worked with this database may take steps which this command only names
        Memory memory = new Memory(Optional.of(view.identity().database()), Optional.empty());
        Step step = IdentityRules.next(view, pairing, memory, new UUID(0, 0));
        if (step instanceof Step.Use) {
            return Finding.ok("identity", "database and ZooKeeper belong to each other");
        }
        if (step instanceof Step.Refuse refused) {
            return new Finding(
                    "identity",
                    FAIL,
                    "database and ZooKeeper do not belong to each other",
                    refused.sentence() + " (deploy/RESTORE.md)");
        }
        return pairing.isEmpty()
                ? new Finding(
                        "identity",
                        Finding.Result.NOTE,
                        "no agent has joined yet",
                        "start quorate-agent beside a buildmaster")
                : new Finding(
                        "identity",
                        WARN,
                        "the database is ahead of what ZooKeeper records",
                        "an agent that has worked with the database records it within seconds; if none runs, start"
                                + " one");
    }

    private Finding absent(Map<String, Member> members) {
        String names = names(masters.stream()
                .filter(DoctorOfIdentity::isActive)
                .map(row -> row.text("name"))
                .filter(name -> !members.containsKey(name))
                .toList());
        return Finding.of(
                names.isEmpty(),
                FAIL,
                "absent masters",
                names.isEmpty() ? "none" : names + ": active in the database, and not alive in ZooKeeper",
                "a failover takes some seconds: run doctor again; if it stays, no housekeeper of this database works:"
                        + " look at the agents' logs");
    }

    private Finding strangers(Map<String, Member> members) {
        String names = names(members.values().stream()
                .filter(member -> member.epoch() > 0)
                .filter(member -> masters.stream()
                        .noneMatch(
                                row -> row.text("name").equals(member.name()) && row.number("epoch") == member.epoch()))
                .map(Member::name)
                .toList());
        return Finding.of(
                names.isEmpty(),
                FAIL,
                "strangers",
                names.isEmpty() ? "none" : names + ": alive in ZooKeeper in an epoch that this database does not know",
                "run doctor again; if it stays, that agent works with another database: compare its database.url");
    }

    private Finding leader(Map<String, Member> members) {
        boolean good = leader.isEmpty() || members.containsKey(leader);
        return Finding.of(
                good,
                WARN,
                "housekeeper's life",
                leader.isEmpty() ? "there is none" : leader + (good ? " is" : " is not") + " alive in ZooKeeper",
                "another agent leads within seconds: run doctor again; if it stays, no agent of this database works");
    }

    private static boolean isActive(Row master) {
        return List.of("active", "draining").contains(master.text("state"));
    }

    private static String names(List<String> names) {
        return String.join(", ", names.stream().sorted().limit(5).toList());
    }
}
