package org.quorate.postgres;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.quorate.scheduler.Schedulers;

/**
 * Hashes of names, which are the keys in Buildbot's tables: {@code name_hash} is the SHA-1 of the name in lower-case
 * hex.
 */
final class Names {
    private Names() {}

    static String hash(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    static List<String> hashes(List<String> names) {
        return names.stream().map(Names::hash).toList();
    }

    /**
     * Returns the key in {@code quorate.clustered_service}: for a scheduler the hash of its name, for a change source
     * the prefix and the hash of the rest.
     */
    static String serviceHash(String name) {
        return name.startsWith(Schedulers.CHANGE_SOURCE)
                ? Schedulers.CHANGE_SOURCE + hash(name.substring(Schedulers.CHANGE_SOURCE.length()))
                : hash(name);
    }
}
