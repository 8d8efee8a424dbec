package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.quorate.claim.Attempt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agent said to each report of this buildmaster: one JSON line each, on the disk before anything follows from it. So
 * that a fault test can hold the promise to the history; nothing is written where the configuration names no file. One
 * thread: the loop's.
 */
final class Journal {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    private final Optional<Path> file;

    Journal(Optional<Path> file) {
        this.file = file;
    }

    /** The word of the agent, or that there was none. */
    enum Answer {
        OK,
        REFUSED,
        /** The link was lost before an answer. */
        UNKNOWN,
        /** After a new hello the agent says that this is not held, so it is not asked again. */
        DROPPED
    }

    void answered(String method, Attempt of, Answer answer) {
        file.ifPresent(path -> append(
                path,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("of", method)
                        .put("brid", of.brid())
                        .put("attempt", of.token().toString())
                        .put("answer", answer.name())
                        .toString()));
    }

    private static void append(Path path, String line) {
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
            channel.force(false);
        } catch (IOException e) {
            LOG.error("the journal {} cannot be written, free its disk: {}", path, e.toString());
        }
    }
}
