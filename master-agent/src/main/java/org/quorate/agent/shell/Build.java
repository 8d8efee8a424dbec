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
import org.jspecify.annotations.Nullable;
import org.quorate.agent.supervision.Executables;
import org.quorate.agent.supervision.MarkedProcesses;
import org.quorate.agent.supervision.ProcessGroup;
import org.quorate.claim.Claim;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running build: a process in its own group, with its log and its work directory. Thread-safe. */
final class Build {
    private static final Logger LOG = LoggerFactory.getLogger(Build.class);
    private static final Duration KILLED_WITHIN = Duration.ofSeconds(5);

    private final Claim claim;
    private final Path log;
    private final Process process;
    private final MarkedProcesses marked;
    private final Clock clock;
    private volatile @Nullable Verdict verdict;

    /** Why a build was killed; this decides what is reported. The first verdict counts. */
    enum Verdict {
        CANCELLED("cancelled"),
        TIMED_OUT("timed out"),
        GIVEN_BACK("released to the queue"),
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

    /** The place where builds run, shared by all. {@code clock} only dates the lines of logs. */
    record Site(Path directory, Wrapper wrapper, Clock clock) {}

    private Build(Claim claim, Path log, Process process, Clock clock) {
        this.claim = claim;
        this.log = log;
        this.process = process;
        this.clock = clock;
        this.marked = new MarkedProcesses(BuildEnvironment.marks(claim));
    }

    /**
     * Starts a build. Throws IOException, with a reason for people, if that fails; the build's log has the reason too.
     */
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

    /** Checks the command itself; otherwise the wrapper would start and then fail. */
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
        return Optional.ofNullable(verdict);
    }

    /**
     * Returns the exit code, after the process has ended, its remaining descendants were killed, the log is complete
     * and the work directory is removed.
     *
     * @param after the executor for that work
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
                                    "ends: " + verdict().map(Verdict::words).orElse("exit code " + ended.exitValue()));
                            delete(log.resolveSibling(
                                    claim.brid() + "-" + claim.attempt().token() + ".work"));
                            return ended.exitValue();
                        },
                        after);
    }

    /**
     * Sends SIGKILL to the group; processes that left the group are found by their marks once the build has {@link
     * #ended}.
     */
    void kill(Verdict why) {
        synchronized (this) {
            if (verdict == null) {
                verdict = why;
            }
        }
        if (process.isAlive()) {
            new ProcessGroup(process.pid()).kill();
            // the group does not exist before the process has called setsid
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
            LOG.error("the log {} cannot be written, free space on its disk: {}", log, e.toString());
        }
    }

    private static void delete(Path work) {
        try (Stream<Path> tree = Files.walk(work)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("the work directory {} cannot be removed: {}", work, e.toString());
        }
    }
}
