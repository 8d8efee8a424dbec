package org.quorate.agent.spool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.quorate.claim.Attempt;
import org.quorate.claim.Completion;
import org.quorate.claim.Results;
import org.quorate.master.Authority;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completions on disk that could not be committed yet, in order of arrival, one JSON object on each line. What {@link
 * #keep} accepted is synced, and survives this process and a power failure. The file exists only while it holds
 * something. A line that a crash left incomplete is dropped. Thread-safe.
 */
public final class Spool implements AutoCloseable {
    /** The file's name in the state directory, which one process at a time uses. */
    public static final String FILE = "completions.jsonl";

    /** About 80 000 completions; a master holds as many claims as it has slots. */
    static final long MOST_BYTES = 16L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");

    private final Path file;
    private final long mostBytes;
    private final Map<Attempt, Entry> entries = new LinkedHashMap<>();
    private long bytes;
    private @Nullable FileChannel channel;
    private String lastFault = "";

    private Spool(Path file, long mostBytes) {
        this.file = file;
        this.mostBytes = mostBytes;
    }

    /** A completion, and the authority under which its claim was held. */
    public record Entry(Authority authority, Completion completion) {
        boolean isOf(Authority other) {
            return authority.masterid() == other.masterid() && authority.epoch() == other.epoch();
        }
    }

    /**
     * Opens the spool, and reads the completions of an earlier process.
     *
     * @throws IllegalStateException the file cannot be read; the message is one sentence
     */
    public static Spool open(Path directory) {
        return open(directory, MOST_BYTES);
    }

    public static Spool open(Path directory, long mostBytes) {
        Spool spool = new Spool(directory.resolve(FILE), mostBytes);
        try {
            spool.read();
            return spool;
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the completions in " + spool.file + " cannot be read (" + e.getMessage()
                            + "); make the file readable for the agent's user",
                    e);
        }
    }

    private void read() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        Files.setPosixFilePermissions(file, PRIVATE);
        byte[] content = Files.readAllBytes(file);
        int begin = 0;
        for (int at = 0; at < content.length; at++) {
            if (content[at] == '\n') {
                take(new String(content, begin, at - begin, StandardCharsets.UTF_8));
                begin = at + 1;
            }
        }
        if (begin < content.length) {
            LOG.warn("dropped an incomplete line of {} bytes at the end of {}", content.length - begin, file);
        }
        bytes = begin;
        if (entries.isEmpty()) {
            empty();
        } else {
            LOG.info("{} completions of an earlier process wait for the database in {}", entries.size(), file);
        }
    }

    private void take(String line) {
        try {
            Entry entry = parsed(line);
            entries.putIfAbsent(entry.completion().attempt(), entry);
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("dropped a line of {} that is not a completion: {}", file, e.getMessage());
        }
    }

    private static Entry parsed(String line) throws IOException {
        JsonNode json = JSON.readTree(line);
        return new Entry(
                new Authority(
                        (int) number(json, "masterid", 1, Integer.MAX_VALUE),
                        number(json, "epoch", 1, Long.MAX_VALUE),
                        UUID.fromString(json.required("incarnation").asText())),
                new Completion(
                        new Attempt(
                                (int) number(json, "brid", 1, Integer.MAX_VALUE),
                                UUID.fromString(json.required("attempt").asText())),
                        (int) number(json, "results", Results.SUCCESS, Results.CANCELLED)));
    }

    private static long number(JsonNode json, String key, long least, long most) {
        JsonNode value = json.required(key);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            throw new IllegalArgumentException(key + " is " + value);
        }
        return value.longValue();
    }

    private static String line(Entry entry) {
        return JSON.createObjectNode()
                        .put("brid", entry.completion().brid())
                        .put("attempt", entry.completion().attempt().token().toString())
                        .put("results", entry.completion().results())
                        .put("masterid", entry.authority().masterid())
                        .put("epoch", entry.authority().epoch())
                        .put("incarnation", entry.authority().incarnation().toString())
                + "\n";
    }

    /** Returns true if all of them are on disk, synced. False: none was added, and the log gives the reason. */
    synchronized boolean keep(Authority authority, List<Completion> completions) {
        Map<Attempt, Entry> fresh = new LinkedHashMap<>();
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Completion completion : completions) {
            Entry entry = new Entry(authority, completion);
            Attempt key = completion.attempt();
            if (!entries.containsKey(key) && fresh.putIfAbsent(key, entry) == null) {
                lines.writeBytes(line(entry).getBytes(StandardCharsets.UTF_8));
            }
        }
        if (fresh.isEmpty()) {
            return true;
        }
        if (bytes + lines.size() > mostBytes) {
            logFault("it would hold more than " + mostBytes + " bytes");
            return false;
        }
        try {
            write(lines.toByteArray());
        } catch (IOException e) {
            logFault(String.valueOf(e.getMessage()));
            return false;
        }
        entries.putAll(fresh);
        lastFault = "";
        return true;
    }

    private void write(byte[] lines) throws IOException {
        boolean isNew = !Files.exists(file);
        FileChannel to = opened();
        // the remains of an earlier, failed write must not lie between two lines
        to.truncate(bytes);
        ByteBuffer buffer = ByteBuffer.wrap(lines);
        long at = bytes;
        while (buffer.hasRemaining()) {
            at += to.write(buffer, at);
        }
        to.force(true);
        if (isNew) {
            syncDirectory();
        }
        bytes = at;
    }

    private FileChannel opened() throws IOException {
        FileChannel open = channel;
        if (open == null || !open.isOpen()) {
            open = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PRIVATE));
            channel = open;
        }
        return open;
    }

    /** Syncs the directory, so that the file's name survives a power failure too. */
    private void syncDirectory() throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel name = FileChannel.open(directory, StandardOpenOption.READ)) {
                name.force(true);
            }
        }
    }

    private void logFault(String why) {
        if (!why.equals(lastFault)) {
            LOG.warn("completions wait in memory only, since they cannot be written to {}: {}", file, why);
            lastFault = why;
        }
    }

    /** Returns the first completions, all of one epoch, in order; empty if there are none at all. */
    public synchronized List<Entry> first(int most) {
        if (entries.isEmpty()) {
            return List.of();
        }
        Authority of = entries.values().iterator().next().authority();
        return entries.values().stream()
                .takeWhile(entry -> entry.isOf(of))
                .limit(most)
                .toList();
    }

    /** Removes completions that the database has accepted or refused. */
    synchronized void strike(Collection<Entry> decided) {
        decided.forEach(entry -> entries.remove(entry.completion().attempt()));
        // until the last one is decided the file keeps them all: committing one again is harmless
        if (entries.isEmpty()) {
            try {
                empty();
            } catch (IOException e) {
                LOG.warn("{} cannot be removed and will be read again at the next start: {}", file, e.getMessage());
            }
        }
    }

    private void empty() throws IOException {
        close();
        Files.deleteIfExists(file);
        bytes = 0;
    }

    /** Returns the newest epoch of the completions. */
    public synchronized OptionalLong newestEpoch() {
        return entries.values().stream()
                .mapToLong(entry -> entry.authority().epoch())
                .max();
    }

    public synchronized boolean isEmpty() {
        return entries.isEmpty();
    }

    public synchronized int count() {
        return entries.size();
    }

    /** Returns the size of the file. */
    public synchronized long bytes() {
        return bytes;
    }

    /** Closes the file; the completions stay on disk. */
    @Override
    public synchronized void close() {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.debug("closing {}", file, e);
            }
        }
    }
}
