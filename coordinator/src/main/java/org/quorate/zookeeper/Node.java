package org.quorate.zookeeper;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** A node as it was read: its content and the session that owns it. Immutable. */
final class Node {
    /** More than any content that Quorate writes; Quorate did not write larger content. */
    static final int MAX_CONTENT_BYTES = 64 * 1024;

    private final byte[] content;
    private final Stat stat;

    Node(byte @Nullable [] content, Stat stat) {
        this.content = content == null ? new byte[0] : content;
        this.stat = stat;
    }

    /** Returns the content as text; empty when it is not UTF-8 or is too large. */
    Optional<String> text() {
        if (content.length > MAX_CONTENT_BYTES) {
            return Optional.empty();
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    boolean holds(byte[] bytes) {
        return Arrays.equals(content, bytes);
    }

    int version() {
        return stat.getVersion();
    }

    boolean isOf(long sessionId) {
        return stat.getEphemeralOwner() == sessionId;
    }

    /**
     * Returns whether the node ends with its session. A container node has an owner too, but does not end with a
     * session.
     */
    boolean isEphemeral() {
        return stat.getEphemeralOwner() != 0 && stat.getEphemeralOwner() != Long.MIN_VALUE;
    }
}
