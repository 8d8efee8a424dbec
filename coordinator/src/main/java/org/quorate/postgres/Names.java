package org.quorate.postgres;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.quorate.scheduler.Schedulers;

/** Names as Buildbot's tables key them: {@code name_hash} is the SHA-1 of the name in lower-case hex. */
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

    /** As {@code quorate.ownable} keys what a master owns: a scheduler by its hash, a change source by its own, prefixed. */
    static String ownable(String name) {
        return name.startsWith(Schedulers.CHANGE_SOURCE)
                ? Schedulers.CHANGE_SOURCE + hash(name.substring(Schedulers.CHANGE_SOURCE.length()))
                : hash(name);
    }
}
