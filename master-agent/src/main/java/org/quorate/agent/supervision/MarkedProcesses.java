package org.quorate.agent.supervision;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.quorate.time.Deadline;

/**
 * The processes that carry all of these entries ({@code NAME=value}) in their environment. Descendants inherit them,
 * also those that left their session and group.
 */
public final class MarkedProcesses {
    /** The number of looks is limited, since some programs run without any environment. */
    private static final int LOOKS = 50;

    private final Set<String> entries;

    public MarkedProcesses(Set<String> entries) {
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("at least one entry is needed: without one every process would match");
        }
        // the environment consists of bytes; both sides are compared as bytes
        this.entries = entries.stream()
                .map(entry -> new String(entry.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the marked processes that run now, without this process itself. */
    public List<ProcessHandle> find() {
        long self = ProcessHandle.current().pid();
        // the handle knows the start time of its process, so it is taken before the check that decides
        return pids().filter(pid -> pid != self && isMarked(pid))
                .mapToObj(ProcessHandle::of)
                .flatMap(Optional::stream)
                .filter(process -> isMarked(process.pid()))
                .filter(process -> ProcessStat.of(process.pid())
                        .filter(ProcessStat::isAlive)
                        .isPresent())
                .toList();
    }

    private static LongStream pids() {
        String[] names = Objects.requireNonNullElse(new File("/proc").list(), new String[0]);
        return Arrays.stream(names).filter(name -> name.matches("[0-9]+")).mapToLong(Long::parseLong);
    }

    boolean isMarked(long pid) {
        String environment = "\0" + environment(pid) + "\0";
        return entries.stream().allMatch(entry -> environment.contains("\0" + entry + "\0"));
    }

    /**
     * Returns the environment of a process; empty if the process is gone or belongs to another user. During an exec the
     * kernel shows for an instant no environment, or only its beginning, without the final zero byte; then this looks
     * again.
     */
    private static String environment(long pid) {
        try {
            for (int i = 0; i < LOOKS; i++) {
                String environment =
                        Files.readString(Path.of("/proc/" + pid + "/environ"), StandardCharsets.ISO_8859_1);
                if (environment.endsWith("\0") || !mayHaveEnvironment(pid)) {
                    return environment;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        } catch (IOException e) {
            // the process is gone, or belongs to another user
        }
        return "";
    }

    private static boolean mayHaveEnvironment(long pid) {
        return ProcessStat.of(pid)
                .filter(process -> process.isAlive() && !process.isKernelThread())
                .isPresent();
    }

    /** Sends SIGKILL until none is left, even if they fork. Returns false if some still run after {@code limit}. */
    public boolean kill(Duration limit) {
        // nothing but this wait depends on this deadline, so no clock is passed in
        Deadline deadline = Deadline.after(limit, System.nanoTime());
        List<ProcessHandle> left = find();
        while (!left.isEmpty()) {
            left.forEach(ProcessHandle::destroyForcibly);
            if (deadline.isOver(System.nanoTime())) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            left = find();
        }
        return true;
    }
}
