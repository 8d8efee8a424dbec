package org.quorate.agent.link;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Prepares the place of a Unix socket: a directory that only its owner may enter, and a path on which nobody listens.
 */
final class SocketPlace {
    /** Linux allows 108 bytes, including the final zero. */
    private static final int LONGEST_PATH_BYTES = 107;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private SocketPlace() {}

    /** Listens there. Throws IllegalStateException with a message that says what to do. */
    static ServerSocketChannel listen(Path socket) {
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH_BYTES) {
            throw new IllegalStateException("the path of a socket is at most " + LONGEST_PATH_BYTES
                    + " bytes long; choose a shorter state directory than that of " + socket);
        }
        try {
            makePrivate(socket.resolveSibling(".").toAbsolutePath().normalize());
            removeStale(socket);
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return server;
        } catch (IOException e) {
            throw new IllegalStateException("cannot listen at " + socket + ": " + e, e);
        }
    }

    private static void makePrivate(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        }
        Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(directory));
        others.removeAll(OWNER_ONLY);
        if (!others.isEmpty()) {
            throw new IllegalStateException("users other than the owner may use " + directory
                    + ", which holds the link's socket, and could act as the buildmaster: chmod 700 "
                    + directory);
        }
    }

    private static void removeStale(Path socket) throws IOException {
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IllegalStateException(
                    socket + " is not a socket: move it away, or choose another state directory");
        }
        if (somebodyListens(socket)) {
            throw new IllegalStateException(
                    "another agent listens at " + socket + ": stop it, or choose another state directory");
        }
        Files.deleteIfExists(socket);
    }

    private static boolean somebodyListens(Path socket) {
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
