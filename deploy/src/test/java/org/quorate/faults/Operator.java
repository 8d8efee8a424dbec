package org.quorate.faults;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.quorate.acceptance.Command;

/** The actions of operators during a run: by the command, and through the public functions. Thread-safe. */
final class Operator {
    private static final List<String> SCHEDULERS = List.of("beat", "pulse", "echo", "answer");
    /** The longest builds first: most others end before the command has started. */
    private static final String SOME_REQUEST = "select r.id, b.name = 'slow' as slow from buildrequests r"
            + " join builders b on b.id = r.builderid where r.complete = 0 order by r.id";

    private final Cluster cluster;
    private final Ledger ledger;
    private final Set<Integer> cancelled = ConcurrentHashMap.newKeySet();

    Operator(Cluster cluster) {
        this.cluster = cluster;
        this.ledger = cluster.ledger();
    }

    /** Returns the buildrequests whose cancel was requested, whatever the result was. */
    Set<Integer> cancelled() {
        return Set.copyOf(cancelled);
    }

    void drain(String master) {
        try {
            command("drain", master, "--yes");
        } catch (Nemesis.Impossible e) {
            undrain(master); // the drain may have been carried out all the same
            throw e;
        }
    }

    /** Repeats until the master is undrained: one that stays drained for ever would be a fault of this harness. */
    void undrain(String master) {
        ledger.rows("select quorate_v1.undrain(?, 'the end of it')", master);
    }

    void move(Fault fault) {
        command(
                "move",
                SCHEDULERS.get(fault.choice() % SCHEDULERS.size()),
                "--to",
                fault.master(),
                "--why",
                "to see what happens");
    }

    void cancel(Fault fault) {
        int request = someRequest(fault);
        cancelled.add(request);
        if (fault.choice() % 2 == 0) {
            command("cancel", String.valueOf(request));
        } else {
            function("select quorate_v1.cancel(?, 'to see what happens')", request);
        }
    }

    void reprioritize(Fault fault) {
        int request = someRequest(fault);
        if (fault.choice() % 2 == 0) {
            command("reprioritize", String.valueOf(request), String.valueOf(fault.choice() % 10));
        } else {
            function("select quorate_v1.reprioritize(?, ?, 'to see what happens')", request, fault.choice() % 10);
        }
    }

    private int someRequest(Fault fault) {
        try {
            List<Map<String, String>> open = ledger.once(SOME_REQUEST);
            List<Map<String, String>> slow =
                    open.stream().filter(row -> row.get("slow").equals("t")).toList();
            List<Map<String, String>> from = slow.isEmpty() ? open : slow;
            if (from.isEmpty()) {
                throw new Nemesis.Impossible("nothing is pending or running");
            }
            return Integer.parseInt(from.get(fault.choice() % from.size()).get("id"));
        } catch (SQLException e) {
            throw new Nemesis.Impossible("the database is away");
        }
    }

    private void function(String sql, Object... parameters) {
        try {
            ledger.once(sql, parameters);
        } catch (SQLException e) {
            throw new Nemesis.Impossible(
                    String.valueOf(e.getSQLState()).startsWith("08") ? "the database is away" : "it was refused");
        }
    }

    private void command(String... words) {
        Command.Result result = cluster.quorate(words);
        if (result.exit() != 0) {
            throw new Nemesis.Impossible("quorate " + words[0] + " ended with " + result.exit());
        }
    }
}
