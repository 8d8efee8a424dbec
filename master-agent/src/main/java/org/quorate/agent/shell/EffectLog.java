package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.quorate.claim.Claim;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records which builds really ran: one JSON line in {@code effects.jsonl} when a build starts and when it ends. Several
 * buildmasters may append to the same file. Thread-safe.
 */
final class EffectLog {
    private static final Logger LOG = LoggerFactory.getLogger(EffectLog.class);

    private final Path file;
    private final String master;
    private final Clock clock;
    private final LongSupplier nanoTime;

    /** {@code clock} dates the lines for people; {@code nanoTime} orders them, on one machine. */
    EffectLog(Path file, String master, Clock clock, LongSupplier nanoTime) {
        this.file = file;
        this.master = master;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    void started(Claim claim) {
        append(claim, "start", OptionalInt.empty(), "");
    }

    /** Records the end of a build; empty results: it was killed and not reported. */
    void ended(Claim claim, OptionalInt results, String why) {
        append(claim, "end", results, why);
    }

    private void append(Claim claim, String event, OptionalInt results, String why) {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("event", event)
                .put("brid", claim.brid())
                .put("attempt", claim.attempt().token().toString())
                .put("master", master)
                .put("builder", claim.builder())
                .put("time", clock.instant().toString())
                .put("nanos", nanoTime.getAsLong());
        if (event.equals("end")) {
            line.put("why", why);
            results.ifPresentOrElse(code -> line.put("results", code), () -> line.putNull("results"));
        }
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            LOG.error("the effect log {} cannot be written, free space on its disk: {}", file, e.toString());
        }
    }
}
