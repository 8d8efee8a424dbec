package org.quorate.agent;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.loop.Signals;
import org.quorate.agent.shell.ShellBuildmaster;
import org.quorate.config.ConfigurationErrors;
import org.quorate.config.Values;
import org.quorate.failpoint.Failpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program {@code quorate-agent}. */
@Command(
        name = "quorate-agent",
        mixinStandardHelpOptions = true,
        version = Main.VERSION,
        description = {
            "The agent beside one buildmaster: registers it in ZooKeeper, competes for schedulers, and claims",
            "buildrequests for it in the shared PostgreSQL database. Starts while either store is down, and outlives",
            "restarts of both.",
            "",
            "SIGTERM stops it gracefully: schedulers are handed over at once, running builds may finish until",
            "buildmaster.stop_deadline. A second SIGTERM releases the other buildrequests to the queue at once.",
            "",
            "SIGUSR2 hands over to the next agent: this one ends at once, and the one that is started again adopts",
            "the buildmaster and keeps the epoch, the claims and the builds. It goes on if the next one could not."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:stopped as asked",
            "1:the agent cannot run here; one line gives the reason",
            "2:wrong usage or a mistake in the configuration; every mistake is listed",
            "3:handed over on SIGUSR2: start the next agent now"
        },
        subcommands = ShellBuildmaster.class)
public final class Main implements Callable<Integer> {
    static final String VERSION = "0.1.0";
    /** The units start the next agent at this exit code. */
    private static final int HANDED_OVER = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    @Option(names = "--config", paramLabel = "FILE", description = "the agent's configuration, one YAML file")
    private @Nullable Path config;

    public static void main(String[] arguments) {
        CommandLine command = new CommandLine(new Main());
        command.setExecutionExceptionHandler((e, line, parsed) -> {
            line.getErr().println("quorate-agent: " + e.getMessage());
            return e instanceof ConfigurationErrors ? 2 : 1;
        });
        command.setParameterExceptionHandler((e, given) -> {
            String program = e.getCommandLine().getCommandSpec().qualifiedName();
            e.getCommandLine().getErr().println(program + ": " + e.getMessage() + "; see " + program + " --help");
            return 2;
        });
        System.exit(command.execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        if (config == null) {
            throw new CommandLine.ParameterException(new CommandLine(this), "Missing required option: '--config=FILE'");
        }
        Optional<String> mistake = Failpoint.mistake();
        if (mistake.isPresent()) {
            throw new CommandLine.ParameterException(new CommandLine(this), mistake.get());
        }
        Failpoint.armed()
                .ifPresent(armed -> LOG.warn("failpoints are armed, this agent will fail on purpose: {}", armed));
        Values values = AgentConfiguration.read(config, System.getenv());
        values.notes().forEach(note -> LOG.warn("{}", note));
        AgentConfiguration configuration = AgentConfiguration.of(values);
        Agent agent =
                new Agent(configuration, System::nanoTime, configuration.host().orElseGet(Main::host), VERSION);
        CountDownLatch stop = new CountDownLatch(1);
        Signals.on("TERM", () -> signalled(stop, agent));
        Signals.on("INT", () -> signalled(stop, agent));
        Path file = config;
        Signals.on("USR2", () -> handOver(stop, agent, file));
        agent.start();
        stop.await();
        agent.stop();
        LOG.info("stopped");
        return 0;
    }

    private static void signalled(CountDownLatch stop, Agent agent) {
        if (stop.getCount() == 0) {
            agent.hurry();
        }
        stop.countDown();
    }

    private static void handOver(CountDownLatch stop, Agent agent, Path file) {
        Optional<String> objection = stop.getCount() == 0
                ? Optional.of("it is stopping")
                : mistakes(file).or(agent::objectionToHandOver);
        if (objection.isPresent()) {
            LOG.warn("not handing over, this agent goes on: {}", objection.get());
            return;
        }
        LOG.info("handing over to the next agent, which has to start before the buildmaster's lease ends");
        // as if it had died: what a running step leaves behind, the next agent mends
        Runtime.getRuntime().halt(HANDED_OVER);
    }

    /** Returns why an agent that is started now would not take this configuration. */
    private static Optional<String> mistakes(Path file) {
        try {
            AgentConfiguration.of(AgentConfiguration.read(file, System.getenv()));
            return Optional.empty();
        } catch (ConfigurationErrors e) {
            return Optional.of("the next agent would not start: " + e.getMessage());
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
