package org.quorate.agent.shell;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.quorate.agent.supervision.Executables;
import org.quorate.agent.supervision.MarkedProcesses;
import org.quorate.agent.supervision.ProcessGroup;
import org.quorate.claim.Claim;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running build: a process in its own group, its log and its work directory. Thread-safe. */
final class Build {
    private static final Logger LOG = LoggerFactory.getLogger(Build.class);
    private static final Duration KILLED_WITHIN = Duration.ofSeconds(5);

    private final Claim claim;
    private final Path log;
    private final Process process;
    private final MarkedProcesses marked;
    private final Clock clock;
    private volatile Optional<Verdict> verdict = Optional.empty();

    /** Why a build was killed, which then decides what is reported. The first one counts. */
    enum Verdict {
        CANCELLED("cancelled"),
        TIMED_OUT("timed out"),
        GIVEN_BACK("given back to the queue"),
        NOT_HELD("not held any more"),
        FENCED("fenced");

        private final String words;

        Verdict(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** Where builds run: what they share. {@code clock} only dates the lines of logs. */
    record Site(Path directory, Wrapper wrapper, Clock clock) {}

    private Build(Claim claim, Path log, Process process, Clock clock) {
        this.claim = claim;
        this.log = log;
        this.process = process;
        this.clock = clock;
        this.marked = new MarkedProcesses(BuildEnvironment.marks(claim));
    }

    /** Starts it. Throws IOException, with a reason for people, when it cannot be started; the log says so too. */
    static Build start(Claim claim, ShellBuilder builder, long epoch, Map<String, String> marks, Site site)
            throws IOException {
        String name = claim.brid() + "-" + claim.attempt().token();
        Path log =
                site.directory().resolve(builder.name()).resolve(name + ".log").toAbsolutePath();
        Path work = log.resolveSibling(name + ".work");
        Files.createDirectories(work);
        append(
                log,
                site.clock(),
                "starts: buildrequest " + claim.brid() + " of " + builder.name() + ", attempt "
                        + claim.attempt().token() + ", epoch " + epoch + ": " + String.join(" ", builder.command()));
        try {
            ProcessBuilder process = new ProcessBuilder(site.wrapper().around(builder.command()))
                    .directory(work.toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            process.environment().remove("QUORATE_LINK");
            process.environment().computeIfPresent("PGOPTIONS", (option, value) -> BuildEnvironment.ofNobody(value));
            process.environment().putAll(BuildEnvironment.of(claim, epoch, builder.environment()));
            process.environment().putAll(marks);
            checkStartable(builder.command().get(0), work, process.environment());
            return new Build(claim, log, process.start(), site.clock());
        } catch (IOException e) {
            append(log, site.clock(), "ends: cannot be started: " + e.getMessage());
            delete(work);
            throw e;
        }
    }

    /** The wrapper would start, and fail, in the command's stead. */
    private static void checkStartable(String word, Path work, Map<String, String> environment) throws IOException {
        String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
        if (Executables.find(word, work, path).isEmpty()) {
            throw new IOException("no executable file " + word + (word.contains("/") ? "" : " in " + path));
        }
    }

    Claim claim() {
        return claim;
    }

    Optional<Verdict> verdict() {
        return verdict;
    }

    /**
     * The exit code, when the process has ended, what it left in its session and elsewhere was killed, and log and work
     * directory are done.
     *
     * @param after where that is done
     */
    CompletableFuture<Integer> ended(Executor after) {
        return process.onExit()
                .thenApplyAsync(
                        ended -> {
                            if (!marked.kill(KILLED_WITHIN)) {
                                LOG.error(
                                        "processes of buildrequest {} do not end; look at {}",
                                        claim.brid(),
                                        marked.find());
                            }
                            append(
                                    log,
                                    clock,
                                    "ends: " + verdict.map(Verdict::words).orElse("exit code " + ended.exitValue()));
                            delete(log.resolveSibling(
                                    claim.brid() + "-" + claim.attempt().token() + ".work"));
                            return ended.exitValue();
                        },
                        after);
    }

    /** SIGKILL to the group; what left it is found by its marks when the build has {@link #ended}. */
    void kill(Verdict why) {
        synchronized (this) {
            verdict = verdict.or(() -> Optional.of(why));
        }
        if (process.isAlive()) {
            new ProcessGroup(process.pid()).kill();
            // between the process's start and its setsid there is no such group yet
            process.destroyForcibly();
        }
    }

    private static void append(Path log, Clock clock, String sentence) {
        try {
            Files.writeString(
                    log,
                    "=== " + clock.instant() + " build " + sentence + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.error("the log {} cannot be written, free its disk: {}", log, e.toString());
        }
    }

    private static void delete(Path work) {
        try (Stream<Path> tree = Files.walk(work)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("the work directory {} stays: {}", work, e.toString());
        }
    }
}
