package org.quorate.agent.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Cuts a stream of bytes into lines of bounded length. One thread. */
final class Lines {
    private final ReadableByteChannel in;
    private final int longestBytes;
    private final ByteBuffer arrived = ByteBuffer.allocate(16 * 1024).flip();
    private byte[] line = new byte[1024];
    private int length;
    private boolean tooLong;

    /** One line without its line end. The text is empty if there is a fault: the line is too long, or not UTF-8. */
    record Line(String text, Optional<LinkError> fault) {}

    Lines(ReadableByteChannel in, int longestBytes) {
        this.in = in;
        this.longestBytes = longestBytes;
    }

    /** Returns the next line; empty at the end of the stream. An incomplete last line is dropped. */
    Optional<Line> next() throws IOException {
        while (true) {
            while (arrived.hasRemaining()) {
                byte one = arrived.get();
                if (one == '\n') {
                    return Optional.of(finished());
                }
                keep(one);
            }
            if (in.read(arrived.clear()) < 0) {
                arrived.flip();
                return Optional.empty();
            }
            arrived.flip();
        }
    }

    private void keep(byte one) {
        if (length == longestBytes) {
            tooLong = true;
        }
        if (tooLong) {
            return;
        }
        if (length == line.length) {
            line = Arrays.copyOf(line, Math.min(longestBytes, length * 2));
        }
        line[length++] = one;
    }

    private Line finished() {
        Line finished = tooLong
                ? fault(LinkError.NOT_A_MESSAGE, "a line is at most " + longestBytes + " bytes long")
                : decoded();
        length = 0;
        tooLong = false;
        if (line.length > 64 * 1024) {
            line = new byte[1024];
        }
        return finished;
    }

    private Line decoded() {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(line, 0, length);
            return new Line(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString(), Optional.empty());
        } catch (CharacterCodingException e) {
            return fault(LinkError.NOT_JSON, "the line is not UTF-8");
        }
    }

    private static Line fault(int code, String sentence) {
        return new Line("", Optional.of(new LinkError(code, sentence)));
    }
}
