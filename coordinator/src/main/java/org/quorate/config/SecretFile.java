package org.quorate.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a secret from a file of its own. Only its owner may write the file, and only its owner and group may read it.
 */
public final class SecretFile {
    private static final int MOST_BYTES = 64 * 1024;
    private static final Set<PosixFilePermission> ALLOWED = PosixFilePermissions.fromString("rw-r-----");

    private SecretFile() {}

    /** Reads the secret. The exception describes the mistake without the name of the file. */
    public static Secret read(String text) throws Unreadable {
        Path file = Scalars.pathOf(text);
        try {
            if (!Files.exists(file) && !Files.notExists(file)) {
                throw new Unreadable(closed(file));
            }
            if (!Files.isRegularFile(file)) {
                throw new Unreadable("is not a file: write the secret, and nothing else, into it");
            }
            checkMode(file);
            if (Files.size(file) > MOST_BYTES) {
                throw new Unreadable("is greater than 64 KiB: that is no secret");
            }
            String content = withoutLastLineFeed(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
            if (content.isEmpty()) {
                throw new Unreadable("is empty: write the secret into it");
            }
            return new Secret(content, () -> readAgain(text));
        } catch (IOException e) {
            throw new Unreadable("cannot be read by this user: chown it to the user that runs this program");
        }
    }

    /** Describes a file of which this user cannot even find out whether it exists, mostly for the folder's mode. */
    private static String closed(Path file) {
        String user = System.getProperty("user.name", "this user");
        for (Path folder = file.getParent(); folder != null; folder = folder.getParent()) {
            try {
                String group = String.valueOf(Files.getAttribute(folder, "posix:group"));
                return "cannot be read by " + user + ": its folder " + folder + " is for the group " + group
                        + "; add the user to it (sudo adduser " + user + " " + group + ") and log in again";
            } catch (IOException | UnsupportedOperationException e) {
                // the folder is hidden too: the one above it may be seen
            }
        }
        return "cannot be read by " + user;
    }

    private static Optional<Secret> readAgain(String text) {
        try {
            return Optional.of(read(text));
        } catch (Unreadable e) {
            return Optional.empty();
        }
    }

    private static void checkMode(Path file) throws IOException, Unreadable {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class, new LinkOption[0]);
        if (view == null) {
            return; // a file system without modes
        }
        Set<PosixFilePermission> beyond = EnumSet.copyOf(view.readAttributes().permissions());
        if (beyond.isEmpty()) {
            return;
        }
        String mode = PosixFilePermissions.toString(beyond);
        beyond.removeAll(ALLOWED);
        if (!beyond.isEmpty()) {
            throw new Unreadable("has mode " + mode + ", which lets others at the secret: chmod 0640 it, or 0600");
        }
    }

    private static String withoutLastLineFeed(String content) {
        String text = content.endsWith("\n") ? content.substring(0, content.length() - 1) : content;
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
