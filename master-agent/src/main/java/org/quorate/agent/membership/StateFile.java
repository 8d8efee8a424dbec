package org.quorate.agent.membership;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.loop.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data that an agent needs after its own restart, to resume its epoch and keep its claims. It lies in the state
 * directory, which only one process at a time may use. A copy of the directory is not trusted, since the agent that
 * wrote it may still run elsewhere. One thread, except {@link #write}, {@link #check} and {@link #fault}.
 */
public final class StateFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final FileChannel lockChannel;
    private final Life self;
    private @Nullable Remembered current;
    private @Nullable String fault;

    private StateFile(Path file, FileChannel lockChannel, Life self) {
        this.file = file;
        this.lockChannel = lockChannel;
        this.self = self;
    }

    /**
     * The epoch and the incarnation of an agent.
     *
     * @param before the incarnation whose epoch it was about to resume, in case it ended before it knew the outcome
     */
    record Remembered(long epoch, UUID incarnation, Optional<UUID> before) {
        Remembered(long epoch, UUID incarnation) {
            this(epoch, incarnation, Optional.empty());
        }

        /** Returns the incarnations that may hold the epoch, if nobody else resumed it. */
        Set<UUID> incarnations() {
            Set<UUID> all = new HashSet<>(Set.of(incarnation));
            before.ifPresent(all::add);
            return all;
        }
    }

    /**
     * Opens the state directory; makes it with mode 0700 if it is missing.
     *
     * @throws IllegalStateException another agent uses it, or it cannot be used; the message is one sentence
     */
    public static StateFile open(Path directory, Life self) {
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            FileChannel channel = FileChannel.open(
                    directory.resolve("agent.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!isLocked(channel)) {
                channel.close();
                throw new IllegalStateException("another agent uses the state directory " + directory
                        + "; give each agent its own state_directory");
            }
            return new StateFile(directory.resolve("agent.json"), channel, self);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the state directory " + directory + " cannot be used (" + e.getMessage()
                            + "); make it writable for the agent's user, or set state_directory",
                    e);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /**
     * Returns what the predecessor wrote, if its process has ended. Empty if there is none, if it cannot be read, or if
     * that process may still run: then the agent waits until the predecessor's node in ZooKeeper is gone, and begins a
     * new epoch.
     */
    Optional<Remembered> read() {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(file.toFile());
            Optional<Life> writer = Life.of(json.path("life").asText(""));
            if (writer.filter(life -> life.hasEndedFor(self)).isEmpty()) {
                logDoubtAbout(writer);
                return Optional.empty();
            }
            return Optional.of(new Remembered(
                    json.required("epoch").longValue(),
                    UUID.fromString(json.required("incarnation").textValue()),
                    Optional.ofNullable(json.path("before").textValue()).map(UUID::fromString)));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} cannot be read and is ignored; a new epoch begins: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    private void logDoubtAbout(Optional<Life> writer) {
        if (!self.isPlaceKnown()) {
            LOG.info("a new epoch begins: without this machine's boot it is unknown whether the last agent has ended");
        } else if (writer.filter(life -> !life.isPlaceKnown()).isPresent()) {
            LOG.warn(
                    "the agent that wrote {} could not read its machine's boot and may still be running: a new epoch"
                            + " begins",
                    file);
        } else {
            LOG.warn(
                    "the agent that wrote {} may still be running (this machine was booted since, another user wrote"
                            + " the file, or it was copied): a new epoch begins",
                    file);
        }
    }

    /**
     * Writes the file: completely and synced, or not at all. If it cannot be written, {@link StateFileStep} warns and
     * tries again: all that this costs is that an agent which dies meanwhile has no successor in its epoch.
     */
    synchronized void write(Remembered remembered) {
        current = remembered;
        fault = attempted(() -> put(remembered));
    }

    /** Writes the file again, or checks that it could be written. Returns why not; empty if it can. */
    synchronized Optional<String> check() {
        fault = attempted(() -> {
            if (current != null) {
                put(current);
            } else {
                fill(fresh(), new byte[1]);
                Files.delete(fresh());
            }
        });
        return fault();
    }

    /** Returns why the file could not be written last time; empty if it was. */
    synchronized Optional<String> fault() {
        return Optional.ofNullable(fault);
    }

    private interface Writing {
        void run() throws IOException;
    }

    private static @Nullable String attempted(Writing writing) {
        try {
            writing.run();
            return null;
        } catch (IOException e) {
            return Reason.of(e);
        }
    }

    private Path fresh() {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    private void put(Remembered remembered) throws IOException {
        byte[] json = ("{\"epoch\": " + remembered.epoch() + ", \"incarnation\": \"" + remembered.incarnation()
                        + remembered
                                .before()
                                .map(id -> "\", \"before\": \"" + id)
                                .orElse("")
                        + "\", \"life\": \"" + self.text() + "\"}\n")
                .getBytes(StandardCharsets.UTF_8);
        fill(fresh(), json);
        Files.move(fresh(), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void fill(Path fresh, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        }
    }

    @Override
    public void close() {
        try {
            lockChannel.close();
        } catch (IOException e) {
            LOG.debug("closing the lock file", e);
        }
    }
}
