package org.quorate.agent.membership;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an agent must remember over its own restart, so that it can resume its epoch and keep its claims: kept in its state
 * directory, which one process at a time may use. A copy of the directory is not believed: whoever wrote it may live on
 * elsewhere. One thread.
 */
public final class StateFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final FileChannel lockChannel;
    private final Life self;

    private StateFile(Path file, FileChannel lockChannel, Life self) {
        this.file = file;
        this.lockChannel = lockChannel;
        this.self = self;
    }

    /** The predecessor's epoch and incarnation. */
    record Remembered(long epoch, UUID incarnation) {}

    /**
     * Opens the state directory, making it with mode 0700 where it is missing.
     *
     * @throws IllegalStateException another agent uses it, or it cannot be used; one sentence
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
     * What the predecessor left, whose process has ended. Nothing when there is none, when it cannot be read, or when that
     * process may still live: then the agent waits until its node in ZooKeeper is gone, and begins a new epoch.
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
                    UUID.fromString(json.required("incarnation").textValue())));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} cannot be read and is ignored; a new epoch begins: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    private void logDoubtAbout(Optional<Life> writer) {
        if (!self.isPlaceKnown()) {
            LOG.info(
                    "a new epoch begins, since without this machine's boot nobody knows whether the last agent has ended");
        } else if (writer.filter(life -> !life.isPlaceKnown()).isPresent()) {
            LOG.warn(
                    "the agent that wrote {} could not read its machine's boot, so that it may still be running: a new epoch"
                            + " begins",
                    file);
        } else {
            LOG.warn(
                    "whoever wrote {} may still be running (this machine was booted since, another user wrote it, or the file"
                            + " was copied): a new epoch begins",
                    file);
        }
    }

    /** Written whole and synced, or not at all. */
    void write(Remembered remembered) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        byte[] json = ("{\"epoch\": " + remembered.epoch() + ", \"incarnation\": \"" + remembered.incarnation()
                        + "\", \"life\": \"" + self.text() + "\"}\n")
                .getBytes(StandardCharsets.UTF_8);
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(json));
            channel.force(true);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + fresh, e);
        }
        try {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot replace " + file, e);
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
