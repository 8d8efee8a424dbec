package org.quorate.cli.doctor;

import static org.quorate.cli.doctor.Finding.Result.FAIL;
import static org.quorate.cli.doctor.Finding.Result.NOTE;
import static org.quorate.cli.doctor.Finding.Result.WARN;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.quorate.cli.frame.AliveMasters;

/** Whether a majority of ZooKeeper answers, which it must to grant a session at all, and what it grants. */
final class DoctorOfZooKeeper {
    private static final Duration WANTED = Duration.ofSeconds(6);

    private DoctorOfZooKeeper() {}

    static List<Finding> examine(AliveMasters living, String connect, Optional<UUID> ours) {
        if (!living.asked()) {
            return List.of(new Finding(
                    "ZooKeeper", NOTE, "not asked", "give --zookeeper host:port,… or put it into the context"));
        }
        if (living.members().isEmpty()) {
            return List.of(
                    new Finding(
                            "ZooKeeper",
                            FAIL,
                            living.complaint(),
                            "a majority of the servers must run: ask each with echo srvr | nc HOST 2181; or try a longer --timeout"));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("ZooKeeper", "a majority answers at " + connect));
        findings.add(Finding.of(
                connect.contains(","),
                NOTE,
                "ensemble",
                connect.contains(",") ? "several servers" : "one server",
                "for production run three: one alone is a single point of failure"));
        living.sessionTimeout()
                .ifPresent(
                        granted -> findings.add(
                                Finding.of(
                                        granted.equals(WANTED),
                                        WARN,
                                        "session timeout",
                                        granted.toMillis() + " ms granted of " + WANTED.toMillis() + " asked",
                                        "set minSessionTimeout and maxSessionTimeout of the servers around it; fail-over takes as long as it says")));
        living.identity()
                .ifPresent(
                        theirs -> findings.add(
                                Finding.of(
                                        ours.equals(Optional.of(theirs)),
                                        FAIL,
                                        "identity",
                                        "the cluster's uuid in ZooKeeper is " + theirs,
                                        "database and ZooKeeper belong to different clusters: mend the address of the wrong one in every agent")));
        findings.add(Finding.ok(
                "alive",
                living.members()
                        .map(members -> String.join(", ", members.keySet()))
                        .orElse("")));
        return findings;
    }
}
