package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.claim.Attempt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records the agent's answer to each report of this buildmaster: one JSON line each, on disk before anything else is
 * done with the answer. So a fault test can compare the answers with the history. Nothing is written if the
 * configuration names no file. One thread: the loop's.
 */
final class Journal {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    private final @Nullable Path file;

    Journal(Optional<Path> file) {
        this.file = file.orElse(null);
    }

    /** The agent's answer, or why there was none. */
    enum Answer {
        OK,
        REFUSED,
        /** The link was lost before an answer. */
        UNKNOWN,
        /**
         * After a new hello the agent answered that this master does not hold the attempt, so the report is not sent
         * again.
         */
        DROPPED
    }

    void answered(String method, Attempt of, Answer answer) {
        if (file != null) {
            append(
                    file,
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("of", method)
                            .put("brid", of.brid())
                            .put("attempt", of.token().toString())
                            .put("answer", answer.name())
                            .toString());
        }
    }

    private static void append(Path path, String line) {
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
            channel.force(false);
        } catch (IOException e) {
            LOG.error("the journal {} cannot be written, free space on its disk: {}", path, e.toString());
        }
    }
}
