package org.quorate.agent.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.supervision.Supervisor;
import org.quorate.config.ConfigurationErrors;
import org.quorate.config.YamlFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code quorate-agent shell-buildmaster}. */
@Command(
        name = "shell-buildmaster",
        mixinStandardHelpOptions = true,
        description = "Runs each builder's command as a process, for the agent at the other end of the link.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:it was stopped by SIGTERM, and its builds have ended or were released",
            "1:it cannot run here",
            "2:the command line or the configuration is wrong",
            "75:it fenced itself: its lease ended, or the agent sent a fence; start it again"
        })
public final class ShellBuildmaster implements Callable<Integer> {
    @Option(
            names = "--config",
            required = true,
            paramLabel = "FILE",
            description = "the buildmaster's configuration, one YAML file")
    private @Nullable Path config;

    @Option(
            names = "--link",
            paramLabel = "SOCKET",
            description = "the agent's socket; default: the environment variable QUORATE_LINK")
    private @Nullable Path link;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Map<String, String> environment = System.getenv();
        Path file = config;
        Optional<Path> socket = Optional.ofNullable(link)
                .or(() -> Optional.ofNullable(environment.get("QUORATE_LINK")).map(Path::of));
        if (file == null || socket.isEmpty()) {
            return fail(2, "the agent's socket is unknown: give --link SOCKET, or set QUORATE_LINK");
        }
        try {
            Configuration configuration = Configuration.of(YamlFile.read(file).values(ShellKeys.ALL, environment));
            Files.createDirectories(configuration.directory());
            String master = environment.getOrDefault(Supervisor.COOKIE, configuration.name());
            return run(new Buildmaster(
                    configuration, master, socket.get(), Wrapper.ofThisMachine(), Clock.systemUTC(), System::nanoTime));
        } catch (ConfigurationErrors e) {
            return fail(2, String.valueOf(e.getMessage()));
        } catch (IOException | IllegalStateException e) {
            return fail(1, e.toString());
        }
    }

    private static int run(Buildmaster buildmaster) {
        Thread hook = new Thread(() -> stopAndExit(buildmaster), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        int code = buildmaster.start().join();
        buildmaster.close();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return code; // the hook waits for the same exit code, and halts
        }
        return code;
    }

    /** Halts with the buildmaster's exit code; without the halt it would be that of the signal. */
    private static void stopAndExit(Buildmaster buildmaster) {
        buildmaster.stop();
        int code = buildmaster.exitCode().join();
        buildmaster.close();
        Runtime.getRuntime().halt(code);
    }

    private int fail(int code, String sentence) {
        Objects.requireNonNull(spec).commandLine().getErr().println("shell-buildmaster: " + sentence);
        return code;
    }
}
