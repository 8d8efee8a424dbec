package org.quorate.cli.verify;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.output.Row;

/**
 * A hash over rows of the history. The hash of a row is the SHA-256 of the previous row's hash and of the row's values
 * in the order of the statement, each as {@code length:text} in UTF-8, or as {@code -} for null. Before the first row
 * stand 32 zero bytes. One thread.
 */
final class HistoryDigest {
    private final MessageDigest sha256 = sha256();
    private byte[] link = new byte[sha256.getDigestLength()];
    private long rows;

    void add(Row row) {
        sha256.update(link);
        row.values().values().forEach(this::add);
        link = sha256.digest();
        rows++;
    }

    private void add(@Nullable Object value) {
        if (value == null) {
            sha256.update((byte) '-');
            return;
        }
        byte[] text = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
        sha256.update((text.length + ":").getBytes(StandardCharsets.UTF_8));
        sha256.update(text);
    }

    long rows() {
        return rows;
    }

    /** Returns the hash of the last row. */
    String hex() {
        return HexFormat.of().formatHex(link);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
