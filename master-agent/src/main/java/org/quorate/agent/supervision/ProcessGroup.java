package org.quorate.agent.supervision;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process group. It is signalled as a whole, so that no process escapes by forking. */
public record ProcessGroup(long id) {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessGroup.class);

    /** Returns the running processes of the group. */
    public List<ProcessHandle> members() {
        return ProcessHandle.allProcesses()
                .filter(process -> ProcessStat.of(process.pid())
                        .filter(stat -> stat.group() == id && stat.isAlive())
                        .isPresent())
                .toList();
    }

    /** Sends SIGKILL to the whole group. The caller must be sure that the id still denotes the intended group. */
    public void kill() {
        if (id <= 1) {
            throw new IllegalArgumentException("no process group to kill: " + id);
        }
        try {
            send("KILL", "-- -" + id);
        } catch (IOException e) {
            LOG.warn("killing the processes of group {} one by one, since sh cannot be started: {}", id, e.toString());
            members().forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Sends a signal to one process. Returns whether it was sent. */
    static boolean signal(String word, long pid) {
        try {
            return send(word, Long.toString(pid));
        } catch (IOException e) {
            LOG.warn("no SIG{} for {}, since sh cannot be started: {}", word, pid, e.toString());
            return false;
        }
    }

    /**
     * Uses the shell's built-in kill, which needs no program: Java can send only two signals, and to single processes
     * only.
     */
    private static boolean send(String word, String whom) throws IOException {
        Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -" + word + " " + whom)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!kill.waitFor(5, TimeUnit.SECONDS)) {
                LOG.warn("SIG{} for {} takes more than 5 s", word, whom);
                return false;
            }
            return kill.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Returns the group to which a process belongs now. */
    static Optional<ProcessGroup> of(long pid) {
        return ProcessStat.of(pid).filter(ProcessStat::isAlive).map(stat -> new ProcessGroup(stat.group()));
    }
}
