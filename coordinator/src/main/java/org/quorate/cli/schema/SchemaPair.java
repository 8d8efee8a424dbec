package org.quorate.cli.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.DatabaseRecord;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.IdentityRules;
import org.quorate.identity.Memory;
import org.quorate.identity.Pairing;
import org.quorate.identity.Step;
import org.quorate.zookeeper.CuratorEnsemble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "pair",
        description = {
            "Declare that this database and this ZooKeeper are the cluster's.",
            "",
            "Run it after a restore of the database, after a move to another server, or after the servers of ZooKeeper"
                    + " were replaced. The agents then leave any other database and any other ZooKeeper. After a"
                    + " promotion of a standby it is not needed: the agents follow by themselves."
        })
public final class SchemaPair extends ChangeCommand {
    @Option(names = "--yes", description = "Do it. Without this option the command only prints the plan.")
    private boolean yes;

    private @Nullable Stores stores;

    /** Both records before the change, and what ZooKeeper is to record; empty: nothing has to be done. */
    private record Stores(Target target, DatabaseView view, Optional<Pairing> before, Optional<Pairing> after) {}

    public SchemaPair(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        Target target = session.target();
        if (target.zookeeper().isEmpty()) {
            throw Failure.usage("give --zookeeper host:port,…: the command writes into both stores");
        }
        AliveMasters alive = AliveMasters.askWithPairing(target, clusterOptions.patience());
        if (alive.members().isEmpty()) {
            throw new Failure(Exit.UNREACHABLE, alive.complaint());
        }
        DatabaseView view = DatabaseRecord.of(session);
        Optional<Pairing> before = alive.pairing();
        requireSameCluster(target, view, before);
        if (belongTogether(view, before)) {
            stores = new Stores(target, view, before, Optional.empty());
            return List.of("nothing, the two stores belong to each other");
        }
        Pairing after = new Pairing(
                view.identity().cluster(),
                before.map(Pairing::ensemble).orElseGet(UUID::randomUUID),
                Optional.empty(),
                UUID.randomUUID());
        stores = new Stores(target, view, before, Optional.of(after));
        return steps(target, view, before, alive);
    }

    private static List<String> steps(Target target, DatabaseView view, Optional<Pairing> before, AliveMasters alive) {
        List<String> steps = new ArrayList<>();
        steps.add("the cluster "
                + target.cluster().orElse("") + " uses the database at " + target.place() + " (" + view.here()
                + "; recorded: " + view.identity().place() + ")"
                + before.map(pairing -> " in the place of the database " + pairing.database())
                        .orElse(""));
        before.map(Pairing::ensemble)
                .filter(ensemble -> !view.identity().ensemble().equals(Optional.of(ensemble)))
                .ifPresent(ensemble -> steps.add("it uses the ZooKeeper ensemble " + ensemble));
        if (before.isEmpty()) {
            steps.add("it uses this ZooKeeper, which knows nothing of it yet");
        }
        TreeSet<String> names = new TreeSet<>(alive.members().orElse(Map.of()).keySet());
        if (!names.isEmpty()) {
            steps.add("agents that are alive now leave any other database: " + String.join(", ", names));
        }
        return steps;
    }

    private static void requireSameCluster(Target target, DatabaseView view, Optional<Pairing> before) {
        if (before.filter(pairing -> !pairing.cluster().equals(view.identity().cluster()))
                .isPresent()) {
            throw new Failure(
                    Exit.REFUSED,
                    "in this ZooKeeper the cluster " + target.cluster().orElse("") + " is another one ("
                            + before.get().cluster() + ", the database's is "
                            + view.identity().cluster() + "): correct --zookeeper or --database; if that cluster is"
                            + " gone for good, delete it in ZooKeeper (zkCli.sh deleteall /quorate/"
                            + target.cluster().orElse("") + ")");
        }
    }

    private static boolean belongTogether(DatabaseView view, Optional<Pairing> before) {
        return IdentityRules.next(view, before, Memory.none(), new UUID(0, 0)) instanceof Step.Use;
    }

    @Override
    protected void confirm() {
        if (!yes && !dryRun && stores != null && stores.after().isPresent()) {
            throw new Failure(Exit.REFUSED, "nothing was changed: run the command again with --yes to do it");
        }
    }

    @Override
    protected List<Row> apply(Session session) {
        Stores both = stores();
        if (both.after().isEmpty()) {
            return List.of(outcome("stores", "unchanged", ""));
        }
        Pairing after = both.after().get();
        boolean done = session.find(
                        "cluster/identify",
                        Parameters.of(
                                "database", after.database().toString(),
                                "before", both.view().identity().database().toString(),
                                "replaces",
                                        both.before()
                                                .map(pairing ->
                                                        pairing.database().toString())
                                                .orElse(null),
                                "ensemble", after.ensemble().toString(),
                                "actor", actor(console),
                                "why", "the stores were paired" + (why == null ? "" : ": " + why)))
                .isPresent();
        if (!done) {
            throw new Failure(Exit.REFUSED, "the database was changed in the meantime: run the command again");
        }
        return List.of(outcome("database", "paired", after.database().toString()));
    }

    /** Writes the record in ZooKeeper. If the command is interrupted before, agents or another run do it. */
    @Override
    protected int await(Session session, Printer printer, List<Row> outcomes) {
        Stores both = stores();
        if (both.after().isEmpty()) {
            return Exit.OK;
        }
        try (CuratorEnsemble ensemble = CuratorEnsemble.connect(
                both.target().zookeeper().orElseThrow(), both.target().cluster().orElseThrow(), AliveMasters.SESSION)) {
            if (!ensemble.pair(both.before(), both.after().get())
                    && !ensemble.pairing().equals(both.after())) {
                throw new Failure(Exit.REFUSED, "ZooKeeper was changed in the meantime: run the command again");
            }
        }
        printer.remark("done: the agents follow within seconds");
        return Exit.OK;
    }

    private Stores stores() {
        if (stores == null) {
            throw new IllegalStateException("there is no plan");
        }
        return stores;
    }
}
