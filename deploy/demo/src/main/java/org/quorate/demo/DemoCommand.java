package org.quorate.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.Extension;
import org.quorate.demo.cluster.BuildbotMasters;
import org.quorate.demo.cluster.Buildmasters;
import org.quorate.demo.cluster.Cluster;
import org.quorate.demo.cluster.DemoFailed;
import org.quorate.demo.cluster.Installation;
import org.quorate.demo.cluster.Ledger;
import org.quorate.demo.cluster.Programs;
import org.quorate.demo.cluster.Sample;
import org.quorate.demo.cluster.ShellMasters;
import org.quorate.demo.cluster.Shipped;
import org.quorate.demo.cluster.Wish;
import org.quorate.demo.report.LiveView;
import org.quorate.demo.report.Summary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code quorate demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Show a whole cluster at work on this machine: real PostgreSQL, "
                    + "ZooKeeper, agents, buildmasters and builds.",
            "",
            "One master is killed and another frozen past its session in the middle of "
                    + "the work; at the end the database and"
                    + " the builds themselves must prove that nothing was lost and nothing built twice."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all was built once, and every invariant holds",
            "1:the demo could not be run to its end; one line gives the reason",
            "2:wrong usage",
            "7:something was lost or doubled, or an invariant is broken"
        })
public final class DemoCommand implements Callable<Integer>, Extension {
    private static final int OK = 0;
    private static final int ERROR = 1;
    private static final int VIOLATION = 7;

    /** The form in which the result is printed. */
    enum Output {
        table,
        json
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--masters", paramLabel = "N", description = "How many masters, 2 to 8 (${DEFAULT-VALUE}).")
    private int masters = 3;

    @Option(
            names = "--buildbot",
            description = {
                "Real Buildbot masters with real workers, instead of the built-in "
                        + "buildmaster. Needs Buildbot 3.7 or later:",
                "sudo apt-get install -y buildbot buildbot-worker python3-psycopg2"
            })
    private boolean buildbot;

    @Option(
            names = "--stock",
            description = "With --buildbot: also kill one of two masters that have no agents, and watch for a minute.")
    private boolean stock;

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "How many buildrequests to submit, 30 to 10000 (${DEFAULT-VALUE}); ticks come on top.")
    private int requests = 300;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Decides the order of the work and who is hit (${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Where logs are kept; default: a new temporary one.")
    private @Nullable Path directory;

    @Option(
            names = "--keep",
            description =
                    "Leave the cluster running in the background, and print how to point quorate at it and end it.")
    private boolean keep;

    @Option(names = "--in-background", hidden = true, description = "This is the background of a demo with --keep.")
    private boolean inBackground;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES}; json: one object on standard output, progress on standard error.")
    private Output output = Output.table;

    private final LongSupplier nanoTime;
    private final Installation.Python python;

    public DemoCommand() {
        this(System::nanoTime, Installation.Python::ofDebian);
    }

    DemoCommand(LongSupplier nanoTime, Installation.Python python) {
        this.nanoTime = nanoTime;
        this.python = python;
    }

    @Override
    public Object command() {
        return this;
    }

    @Override
    public Integer call() {
        requireRange("--masters", masters, 2, 8);
        requireRange("--requests", requests, 30, 10_000);
        if (stock && !buildbot) {
            throw new ParameterException(
                    spec.commandLine(), "--stock compares with stock Buildbot masters: it needs --buildbot");
        }
        PrintWriter err = spec.commandLine().getErr();
        try {
            Wish wish = new Wish(masters, requests, seed, Optional.ofNullable(directory), keep);
            Buildmasters buildmasters = buildmasters();
            return keep && !inBackground ? runInBackground(wish) : run(wish, buildmasters);
        } catch (DemoFailed e) {
            err.println("quorate demo: " + e.getMessage());
            err.flush();
            return ERROR;
        }
    }

    private void requireRange(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(), option + " must be between " + least + " and " + most + ", not " + value);
        }
    }

    private Buildmasters buildmasters() {
        Shipped shipped = new Shipped(home(), Path.of(""));
        Optional<Installation> installed =
                buildbot ? Optional.of(Installation.find(python, shipped)) : Optional.empty();
        Sample sample = Sample.find(
                Optional.ofNullable(System.getProperty("quorate.demo.sample")).map(Path::of), shipped);
        return installed
                .<Buildmasters>map(found -> new BuildbotMasters(found, sample))
                .orElseGet(() -> new ShellMasters(programs(), sample));
    }

    private int runInBackground(Wish wish) {
        Path work = WorkDirectory.make(wish.directory());
        List<String> arguments = new ArrayList<>(List.of(
                "--keep",
                "--in-background",
                "--masters=" + wish.masters(),
                "--requests=" + wish.requests(),
                "--seed=" + wish.seed(),
                "--directory=" + work,
                "--output=" + output));
        if (buildbot) {
            arguments.add("--buildbot");
        }
        if (stock) {
            arguments.add("--stock");
        }
        return Background.run(
                programs().demo(arguments), work, spec.commandLine().getErr());
    }

    private static Optional<Path> home() {
        return Optional.ofNullable(System.getProperty("quorate.home")).map(Path::of);
    }

    private static Programs programs() {
        return Programs.find(
                home(), Path.of(System.getProperty("java.home")), System.getProperty("java.class.path", ""));
    }

    private int run(Wish wish, Buildmasters buildmasters) {
        long begin = nanoTime.getAsLong();
        boolean json = output == Output.json;
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter progress = json ? spec.commandLine().getErr() : out;
        Programs programs = programs();
        Path work = WorkDirectory.make(wish.directory());
        if (inBackground) {
            Background.followParent(work);
        }
        LiveView view = new LiveView(progress, !json && isTerminal(), wish.requests(), nanoTime);
        view.print("starting PostgreSQL, ZooKeeper and " + wish.masters() + " masters (" + buildmasters.title()
                + ") in " + work);
        CountDownLatch interrupted = new CountDownLatch(1);
        Runnable farewell = () -> {
            progress.println();
            progress.println("quorate demo: interrupted; all processes are ended, the logs are in " + work);
            progress.flush();
        };
        try (Cleanup cleanup = new Cleanup(interrupted, farewell)) {
            Cluster cluster = cleanup.owns(() -> new Cluster(work, wish.masters(), programs, buildmasters));
            try (Ledger ledger = cluster.ledger()) {
                Summary summary = new Demo(wish, cluster, ledger, view, nanoTime, interrupted, begin).run(work);
                if (stock && buildmasters instanceof BuildbotMasters masters) {
                    summary = summary.with(cluster.stock(masters, nanoTime, interrupted, view::print));
                }
                int exit = summary.isWhole() ? OK : VIOLATION;
                print(out, summary, json);
                if (wish.keep()) {
                    Background.printHints(progress, cluster.contextFile(), programs.quorate());
                    Background.leave(work, exit);
                    interrupted.await();
                }
                return exit;
            }
        } catch (DemoFailed e) {
            if (interrupted.getCount() == 0) {
                return ERROR; // it failed because its store was being stopped: see the farewell
            }
            throw new DemoFailed(e.getMessage() + "; the logs are in " + work, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ERROR;
        } finally {
            view.close();
        }
    }

    /**
     * Returns whether a person reads standard output. From Java 22 on {@code System.console()} is set in every process.
     */
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    private static void print(PrintWriter out, Summary summary, boolean json) {
        if (json) {
            out.println(summary.json());
        } else {
            summary.lines().forEach(out::println);
        }
        out.flush();
    }
}
