package org.quorate.cli.rescue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.DurationConverter;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import org.quorate.cli.output.Text;
import org.quorate.cli.schema.SchemaChange;
import org.quorate.config.Guess;
import org.quorate.sql.Schema;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code quorate rescue}: shows and releases what dead Buildbot masters without an agent hold. The database need not
 * have Quorate's schema.
 */
@Command(
        name = "rescue",
        description = {
            "Show what dead Buildbot masters without an agent still hold, and release it on request.",
            "",
            "It prints the evidence that a master is dead. The database need not have Quorate's schema. Works with"
                    + " Buildbot 3.7 to 4.3."
        })
public final class Rescue extends ChangeCommand {
    private static final Table TABLE = Table.of(
            "MASTER:name",
            "ACTIVE:active",
            "SEEN:last_active_at:age",
            "SESSIONS:sessions:number",
            "CLAIMS:claims:number",
            "OLDEST:oldest_claim_at:age",
            "BUILDS:builds:number",
            "SCHEDULERS:schedulers",
            "SOURCES:change_sources",
            "REQUESTS:requests:wide");

    @Option(
            names = "--release",
            arity = "1..*",
            paramLabel = "MASTER",
            description =
                    "Release all that these masters hold: claims return to the queue, running builds end as retry, and"
                            + " any other master may take the schedulers and change sources.")
    private List<String> masters = new ArrayList<>();

    @Option(
            names = "--older-than",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Take an active master for dead if its last heartbeat is older than TIME (10m).")
    private Duration olderThan = Duration.ofMinutes(10);

    @Option(names = "--yes", description = "Do it. Without this option the command only prints the plan.")
    private boolean yes;

    @Option(
            names = "--i-checked",
            description =
                    "Confirm that the masters' processes are gone. Then also a master that looks alive is released.")
    private boolean checked;

    public Rescue(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        return masters.isEmpty() ? show() : super.call();
    }

    private int show() {
        Target target = clusterOptions.target(console);
        Printer printer = new Printer(console, outputOptions, clusterOptions.colours(console));
        try (Session session = session(target)) {
            List<Row> stuck = held(session).stream()
                    .filter(row -> row.is("dead") && holdsSomething(row))
                    .toList();
            printer.list("RescueList", TABLE, stuck, session.now());
            if (!printer.isJson()) {
                printer.line(
                        stuck.isEmpty()
                                ? "nothing is stuck: no dead master holds anything"
                                : "release it with: quorate rescue --release MASTER --why TEXT --yes");
            }
        }
        return Exit.OK;
    }

    /** Connects to any database of Buildbot, with or without Quorate's schema. */
    @Override
    protected Session session(Target target) {
        Session session = Session.connect(target, clusterOptions.patience());
        try {
            Row state = session.row("schema/state", Map.of());
            if (!state.is("buildbot") || !state.is("stamped")) {
                throw new Failure(
                        Exit.PRECONDITION,
                        "the database at " + target.place() + " is not a Buildbot's, or not readable for "
                                + state.text("role") + ": it shows no tables buildrequests and alembic_version; check"
                                + " --database and --user");
            }
            String version = session.find("rescue/version", Map.of())
                    .map(row -> row.text("version"))
                    .orElse("unknown");
            SchemaChange.unlessRefused(() -> {
                Schema.requireKnownBuildbot(version);
                return version;
            });
            return session;
        } catch (Failure e) {
            session.close();
            throw e;
        }
    }

    /** Returns the masters without an agent, each with what it holds. */
    private List<Row> held(Session session) {
        Set<Long> agents = agents(session);
        return all(session).stream()
                .filter(row -> !agents.contains(row.number("masterid")))
                .toList();
    }

    private List<Row> all(Session session) {
        return session.rows("rescue/masters", Map.of("older_than_seconds", (double) olderThan.toSeconds()));
    }

    private static Set<Long> agents(Session session) {
        if (!session.row("cli/presence", Map.of()).is("private_schema")) {
            return Set.of();
        }
        return session.rows("rescue/agents", Map.of()).stream()
                .map(row -> row.number("masterid"))
                .collect(Collectors.toSet());
    }

    private static boolean holdsSomething(Row row) {
        return row.number("claims") + row.number("builds") > 0
                || !row.list("schedulers").isEmpty()
                || !row.list("change_sources").isEmpty();
    }

    @Override
    protected List<String> plan(Session session) {
        List<Row> all = all(session);
        Set<Long> agents = agents(session);
        return masters.stream()
                .distinct()
                .map(name -> "release " + name + ": "
                        + evidence(required(name, all, agents), session) + "; it holds "
                        + holding(required(name, all, agents)))
                .toList();
    }

    private static Row required(String name, List<Row> all, Set<Long> agents) {
        Optional<Row> found =
                all.stream().filter(row -> row.text("name").equals(name)).findFirst();
        Row row = found.orElseThrow(() -> Failure.usage("there is no master " + Text.shortened(name, 80)
                + "; "
                + Guess.among(
                        name, all.stream().map(known -> known.text("name")).toList())));
        if (agents.contains(row.number("masterid"))) {
            throw new Failure(
                    Exit.REFUSED,
                    name
                            + " has an agent, so the housekeeper releases what it holds: see quorate failovers, and"
                            + " for the housekeeper quorate status");
        }
        return row;
    }

    private static String evidence(Row row, Session session) {
        long sessions = row.number("sessions");
        return (row.is("active") ? "active" : "not active") + ", last seen "
                + Table.cell(Table.Kind.AGE, row.get("last_active_at"), false, session.now()) + " ago, "
                + (sessions == 0
                        ? "no database session that is known to be its own"
                        : count(sessions, "database session"));
    }

    private static String holding(Row row) {
        return counts(
                row.number("claims"),
                row.number("builds"),
                row.list("schedulers").size(),
                row.list("change_sources").size());
    }

    private static String counts(long claims, long builds, long schedulers, long sources) {
        return count(claims, "claim") + ", " + count(builds, "build") + ", " + count(schedulers, "scheduler") + ", "
                + count(sources, "source");
    }

    private static String count(long number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }

    @Override
    protected void confirm() {
        if (!dryRun && !yes) {
            throw new Failure(Exit.REFUSED, "nothing was changed: run the command again with --yes to do it");
        }
    }

    @Override
    protected List<Row> apply(Session session) {
        Set<Long> agents = agents(session);
        named(session).stream()
                .sorted(Comparator.comparingLong(row -> row.number("masterid")))
                .forEach(row -> session.row("rescue/lock", Map.of("masterid", row.number("masterid"))));
        // read again under the locks, since a master may have given a sign of life after the plan
        return named(session).stream()
                .map(row -> release(session, required(row.text("name"), List.of(row), agents)))
                .toList();
    }

    private List<Row> named(Session session) {
        return all(session).stream()
                .filter(row -> masters.contains(row.text("name")))
                .toList();
    }

    private Row release(Session session, Row row) {
        String name = row.text("name");
        if ((!row.is("dead") || row.number("sessions") > 0) && !checked) {
            throw new Failure(
                    Exit.REFUSED,
                    name + " looks alive (" + evidence(row, session)
                            + "), nothing was changed: stop it first, or, if you have checked that its process is"
                            + " gone, give --i-checked");
        }
        String state = "retry, released from " + name + (why == null ? "" : ": " + why);
        Row released = session.row("rescue/release", Map.of("masterid", row.number("masterid"), "state", state));
        return outcome(
                name,
                "released",
                counts(
                        released.number("claims"),
                        released.number("builds"),
                        released.number("schedulers"),
                        released.number("change_sources")));
    }

    @Override
    protected int await(Session session, Printer printer, List<Row> outcomes) {
        printer.remark(
                "stock masters look for work only when something wakes them: run buildbot reconfig on one of them");
        return Exit.OK;
    }
}
