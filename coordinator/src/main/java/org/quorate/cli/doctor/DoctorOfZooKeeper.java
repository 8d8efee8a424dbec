package org.quorate.cli.doctor;

import static org.quorate.cli.doctor.Finding.Result.FAIL;
import static org.quorate.cli.doctor.Finding.Result.NOTE;
import static org.quorate.cli.doctor.Finding.Result.WARN;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.quorate.cli.frame.AliveMasters;

/**
 * Checks whether a majority of ZooKeeper answers, without which there is no session, and the timeout that it grants.
 */
final class DoctorOfZooKeeper {
    private static final Duration WANTED = Duration.ofSeconds(6);

    private DoctorOfZooKeeper() {}

    static List<Finding> examine(AliveMasters aliveMasters, String connect) {
        if (!aliveMasters.asked()) {
            return List.of(new Finding(
                    "ZooKeeper", NOTE, "not asked", "give --zookeeper host:port,… or write it into the context"));
        }
        if (aliveMasters.members().isEmpty()) {
            return List.of(new Finding(
                    "ZooKeeper",
                    FAIL,
                    aliveMasters.complaint(),
                    SilentEnsemble.remedy(aliveMasters.complaint(), connect)));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("ZooKeeper", "a majority answers at " + connect));
        findings.add(Finding.of(
                connect.contains(","),
                NOTE,
                "ensemble",
                connect.contains(",") ? "several servers" : "one server",
                "run three for production: a single server is a single point of failure"));
        aliveMasters
                .sessionTimeout()
                .ifPresent(granted -> findings.add(Finding.of(
                        granted.equals(WANTED),
                        WARN,
                        "session timeout",
                        granted.toMillis() + " ms granted of " + WANTED.toMillis() + " asked",
                        "let minSessionTimeout and maxSessionTimeout of the servers include it: a"
                                + " failover takes as long as the session timeout")));
        aliveMasters
                .strangers()
                .forEach(path -> findings.add(new Finding(
                        "election",
                        FAIL,
                        path + " belongs to no session",
                        "it may keep every master from leading: delete it (zkCli.sh delete " + path + ")")));
        findings.add(Finding.ok(
                "alive",
                aliveMasters
                        .members()
                        .map(members -> String.join(", ", members.keySet()))
                        .orElse("")));
        return findings;
    }
}
