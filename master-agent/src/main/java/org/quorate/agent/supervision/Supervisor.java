package org.quorate.agent.supervision;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.master.Authority;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Supervises one buildmaster process: starts it in a session of its own, adopts one that a predecessor of this agent
 * started, notices its death, and kills it for certain with all its descendants. Never touches a process that does not
 * carry the cookie and is not in the group of one that does. Linux only: it reads {@code /proc}. Thread-safe.
 */
public final class Supervisor implements BuildmasterProcess, AutoCloseable {
    /** The environment variable that marks a buildmaster and all its descendants. */
    public static final String COOKIE = "QUORATE_MASTER";

    private static final String SESSION_OPTIONS = "PGOPTIONS";

    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

    private final Command command;
    private final MarkedProcesses marked;
    private final TwistdPid twistdPid;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "buildmaster-watch");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Runnable onDeath = () -> {};
    private volatile Supplier<Optional<UUID>> database = Optional::empty;
    private @Nullable ProcessIdentity buildmaster;
    /** The process that this agent started; null for an adopted one, whose exit code nobody learns. */
    private @Nullable Process child;

    private LastWords lastWords;
    private @Nullable String ending;

    /** The signals that an unmodified Buildbot handles. */
    public enum Signal {
        /** Buildbot reads its configuration again, and looks at the whole queue. */
        RECONFIGURE("HUP", 1),
        /** Buildbot starts nothing more, and exits when its builds have ended. */
        CLEAN_SHUTDOWN("USR1", 10);

        private final String word;
        private final int number;

        Signal(String word, int number) {
            this.word = word;
            this.number = number;
        }
    }

    /**
     * The command of the buildmaster, and its surroundings.
     *
     * @param environment added to the agent's own environment, which it overrides; the caller puts {@code QUORATE_LINK}
     *     here. The authority and {@code openTransaction} are added to the resulting {@code PGOPTIONS}
     * @param cookie from {@link #cookie}; in the environment as {@code QUORATE_MASTER}, so that every descendant can be
     *     found
     * @param log the file to which output is appended
     * @param pidFile holds the process id and the start time of the process
     * @param openTransaction how long a transaction may be open and idle before PostgreSQL ends it; an open transaction
     *     of a frozen buildmaster delays its failover
     * @param lockWait how long a statement may wait for another session's lock, since it holds the fence meanwhile;
     *     zero means for ever, for a buildmaster that does not try again
     */
    public record Command(
            List<String> words,
            Path directory,
            Map<String, String> environment,
            String cookie,
            Path log,
            Path pidFile,
            Duration openTransaction,
            Duration lockWait) {
        public Command {
            words = List.copyOf(words);
            environment = Map.copyOf(environment);
            if (words.isEmpty() || cookie.isBlank()) {
                throw new IllegalArgumentException("supervision needs a command and a cookie");
            }
        }

        /** The files in which the buildmaster may say why it ends; the second one is Buildbot's. */
        List<Path> logs() {
            return List.of(log, directory.resolve("twistd.log"));
        }
    }

    /** Returns the start of the application name of all sessions of a master's buildmaster; the epoch follows it. */
    public static String applicationName(int masterid) {
        return "quorate-buildmaster:" + masterid + ":";
    }

    /** Returns the cookie of one agent, unique even on a machine where two clusters have the same name. */
    public static String cookie(String cluster, String master, Path stateDirectory) {
        return cluster + "/" + master + "@" + stateDirectory.toAbsolutePath().normalize();
    }

    public Supervisor(Command command) {
        this.command = command;
        this.marked = new MarkedProcesses(Set.of(COOKIE + "=" + command.cookie()));
        this.twistdPid = new TwistdPid(command.directory(), command.words());
        this.lastWords = new LastWords(command.logs());
        // polls in addition to onExit, for an adopted process, which is not a child, and for one that is reaped late
        var unused = watch.scheduleWithFixedDelay(this::look, 100, 100, TimeUnit.MILLISECONDS);
    }

    /**
     * Sets an action that is called once per death, on the supervisor's thread, but not after {@link #kill} or {@link
     * #detach}. Call this before start.
     */
    public void onDeath(Runnable action) {
        onDeath = action;
    }

    /**
     * Sets the source of the database's identity. The sessions of a buildmaster that is started from now on carry it,
     * so that a former primary refuses their writes.
     */
    public void database(Supplier<Optional<UUID>> identity) {
        database = identity;
    }

    /** Adopts the process of the pid file, if it is still the same process. */
    public synchronized boolean adopt() {
        if (isRunning()) {
            return true;
        }
        buildmaster = ProcessIdentity.read(command.pidFile())
                .filter(ProcessIdentity::isAlive)
                .filter(process -> marked.isMarked(process.pid()))
                .orElse(null);
        child = null;
        ending = null;
        if (buildmaster == null) {
            return false;
        }
        LOG.info("adopted the running buildmaster, process {}", buildmaster.pid());
        return true;
    }

    /**
     * Starts the command, after it killed the remains of an earlier one. Does nothing if it runs. The buildmaster's
     * database sessions carry the authority, so that the triggers there refuse its writes after the epoch is over.
     *
     * @param isCurrent whether the authority is still the current one. It is checked last, under the lock that {@link
     *     #kill} takes too; so a caller that ends the authority and then kills also kills this process
     * @return false: the authority is not current any more, and nothing was started
     * @throws IllegalStateException the command cannot be started; the message is one sentence
     */
    public synchronized boolean start(Authority authority, BooleanSupplier isCurrent) {
        if (isRunning()) {
            return true;
        }
        if (!kill(Duration.ofSeconds(10))) {
            throw new IllegalStateException("processes of an earlier buildmaster do not end: "
                    + marked.find().stream().map(ProcessHandle::pid).toList());
        }
        checkStartable();
        if (!isCurrent.getAsBoolean()) {
            return false;
        }
        try {
            launch(authority);
            return true;
        } catch (IOException e) {
            throw new IllegalStateException("the buildmaster cannot be started: " + e.getMessage(), e);
        }
    }

    private void launch(Authority authority) throws IOException {
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(command.words());
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(command.directory().toFile())
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(command.log().toFile()));
        // what the unit's other processes send is not the agent's status
        builder.environment().remove("NOTIFY_SOCKET");
        builder.environment().putAll(command.environment());
        builder.environment().put(COOKIE, command.cookie());
        builder.environment()
                .merge(
                        SESSION_OPTIONS,
                        sessionOptions(authority, command, database.get()),
                        (before, ours) -> (before + " " + ours).strip());
        lastWords = new LastWords(command.logs());
        ending = null;
        Process process = builder.start();
        ProcessIdentity identity =
                ProcessIdentity.of(process.pid()).orElse(new ProcessIdentity(process.pid(), Long.MIN_VALUE));
        identity.write(command.pidFile());
        buildmaster = identity;
        twistdPid.name(process.pid());
        child = process;
        var unused = process.onExit().thenRunAsync(this::look, watch);
        LOG.info("started the buildmaster, process {}: {}", process.pid(), String.join(" ", command.words()));
    }

    /**
     * Returns the settings that libpq gives to each session. The triggers of the schema read the authority. By the name
     * of the application a housekeeper finds the sessions of a buildmaster that is gone.
     */
    private static String sessionOptions(Authority authority, Command command, Optional<UUID> database) {
        return "-c idle_in_transaction_session_timeout="
                + command.openTransaction().toMillis() + " -c lock_timeout="
                + command.lockWait().toMillis() + " -c application_name=" + applicationName(authority.masterid())
                + authority.epoch() + " -c quorate.masterid=" + authority.masterid() + " -c quorate.epoch="
                + authority.epoch()
                + database.map(identity -> " -c quorate.database=" + identity).orElse("");
    }

    private void checkStartable() {
        if (Executables.find("setsid").isEmpty()) {
            throw new IllegalStateException("the program setsid is missing: install util-linux");
        }
        if (!Files.isDirectory(command.directory())) {
            throw new IllegalStateException("the buildmaster's directory " + command.directory() + " does not exist");
        }
        String path = command.environment().getOrDefault("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        if (Executables.find(command.words().get(0), command.directory(), path).isEmpty()) {
            throw new IllegalStateException(
                    "the buildmaster's command " + command.words().get(0) + " is not found");
        }
        twistdPid.running().ifPresent(pid -> {
            throw new IllegalStateException("another buildmaster, process " + pid + ", runs in " + command.directory()
                    + ": stop it (buildbot stop), and what starts it; only this agent may start it");
        });
    }

    @Override
    public synchronized boolean isRunning() {
        return buildmaster != null && buildmaster.isAlive();
    }

    /** Returns the process id, while the buildmaster runs. */
    public synchronized Optional<Long> pid() {
        return isRunning() ? Optional.ofNullable(buildmaster).map(ProcessIdentity::pid) : Optional.empty();
    }

    /**
     * Sends a signal to the buildmaster's process alone. Returns false if it does not run, or if the signal would kill
     * it since it does not handle that signal.
     */
    @Override
    public synchronized boolean signal(Signal signal) {
        return pid().filter(pid -> ProcessStat.handles(pid, signal.number))
                .filter(pid -> ProcessGroup.signal(signal.word, pid))
                .isPresent();
    }

    /**
     * Sends SIGKILL to the buildmaster's process group and to all processes that carry the cookie, whether this agent
     * or a predecessor started them. Returns true if all are gone, false if some still run after {@code limit}.
     */
    public synchronized boolean kill(Duration limit) {
        Optional<ProcessIdentity> known =
                Optional.ofNullable(buildmaster).or(() -> ProcessIdentity.read(command.pidFile()));
        Optional<Long> leader = known.filter(process -> process.isAlive() && marked.isMarked(process.pid()))
                .map(ProcessIdentity::pid);
        buildmaster = null;
        // setsid made the leader's group; if the leader is gone, the cookie finds the others
        leader.flatMap(ProcessGroup::of)
                .filter(group -> group.id() == leader.get())
                .ifPresent(ProcessGroup::kill);
        boolean gone = marked.kill(limit);
        if (gone) {
            known.ifPresent(process -> twistdPid.forget(process.pid()));
            new File(command.pidFile().toString()).delete();
        }
        return gone;
    }

    /** Ends the supervision and leaves the buildmaster running, to be adopted by the agent's next incarnation. */
    public synchronized void detach() {
        buildmaster = null;
        watch.shutdown();
    }

    @Override
    public void close() {
        detach();
    }

    /** Returns how the buildmaster that was started last ended by itself: its exit code, and its last output. */
    synchronized Optional<String> ending() {
        noteEnding();
        return Optional.ofNullable(ending);
    }

    /** Logs the end of the buildmaster once, with what it wrote before. Returns whether it has ended by itself. */
    private boolean noteEnding() {
        if (buildmaster == null || isRunning()) {
            return false;
        }
        if (ending == null) {
            List<String> lines = lastWords.lines();
            String code = exitCode();
            LOG.warn(
                    "the buildmaster, process {}, ended{}{}",
                    buildmaster.pid(),
                    code.isEmpty() ? "" : " with " + code,
                    lines.isEmpty()
                            ? "; it wrote nothing"
                            : "; the end of its output:\n  " + String.join("\n  ", lines));
            String cause = LastWords.cause(lines);
            ending = (code.isEmpty() ? "its process ended" : code) + (cause.isEmpty() ? "" : ", \"" + cause + "\"")
                    + "; see " + log();
        }
        return true;
    }

    /** Buildbot writes its own log once it has begun; before that there is only its output. */
    private Path log() {
        Path own = command.logs().get(1);
        return Files.exists(own) ? own : command.log();
    }

    private String exitCode() {
        try {
            // it is dead, but the JVM may not have reaped it yet
            return child != null && child.waitFor(1, TimeUnit.SECONDS) ? "exit code " + child.exitValue() : "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private void look() {
        synchronized (this) {
            pid().ifPresent(twistdPid::name);
            if (!noteEnding()) {
                return;
            }
            if (buildmaster != null) {
                twistdPid.forget(buildmaster.pid());
                buildmaster = null;
            }
        }
        try {
            onDeath.run();
        } catch (RuntimeException e) {
            LOG.error("the action after a buildmaster's death failed because of a fault of this program: report it", e);
        }
    }
}
