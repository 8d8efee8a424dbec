package org.quorate.zookeeper;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Encodes a name as one element of a path in ZooKeeper: percent-encoded UTF-8, so that names of masters and schedulers
 * may hold any character. Each name has exactly one encoding.
 */
final class NodeName {
    private static final String HEX = "0123456789ABCDEF";

    private NodeName() {}

    /**
     * Returns the encoding of a name.
     *
     * @throws IllegalArgumentException if the name is empty or is not Unicode text
     */
    static String encode(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a name must not be empty");
        }

        ByteBuffer bytes;
        try {
            bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the name is not Unicode text: " + name, e);
        }

        StringBuilder node = new StringBuilder(name.length());
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            if (isPlain(next, node.isEmpty())) {
                node.append((char) next);
            } else {
                node.append('%').append(HEX.charAt((next >> 4) & 15)).append(HEX.charAt(next & 15));
            }
        }
        return node.toString();
    }

    /** Returns the name; empty when no name has this encoding. */
    static Optional<String> decode(String node) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(node.length());
        for (int i = 0; i < node.length(); i++) {
            if (node.charAt(i) != '%') {
                bytes.write(node.charAt(i));
                continue;
            }
            if (i + 2 >= node.length()) {
                return Optional.empty();
            }
            bytes.write(HEX.indexOf(node.charAt(i + 1)) << 4 | HEX.indexOf(node.charAt(i + 2)));
            i += 2;
        }
        return Optional.of(bytes.toString(StandardCharsets.UTF_8))
                .filter(name -> !name.isEmpty() && isText(name) && encode(name).equals(node));
    }

    /** A leading dot is encoded, because "." and ".." have another meaning in a path. */
    private static boolean isPlain(byte next, boolean first) {
        return (next >= 'a' && next <= 'z')
                || (next >= 'A' && next <= 'Z')
                || (next >= '0' && next <= '9')
                || next == '-'
                || next == '_'
                || (next == '.' && !first);
    }

    private static boolean isText(String name) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(name);
    }
}
