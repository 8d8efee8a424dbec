package org.quorate.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file system of its own, of a few megabytes, that can be filled to the last block. Needs root. Thread-safe. */
final class SmallDisk implements AutoCloseable {
    private static final int MEGABYTES = 64;

    private final Path folder;
    private final Path filler;

    private SmallDisk(Path folder) {
        this.folder = folder;
        this.filler = folder.resolve("filler");
    }

    static boolean isPossible() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** @param owner a file that belongs to the account for which the disk is */
    static SmallDisk mount(Path folder, Path owner) throws IOException {
        Files.createDirectory(folder);
        RootCommand.run(List.of(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=" + MEGABYTES + "m,mode=700,uid=" + Files.getAttribute(owner, "unix:uid") + ",gid="
                        + Files.getAttribute(owner, "unix:gid"),
                "tmpfs",
                folder.toString()));
        return new SmallDisk(folder);
    }

    /** Returns a folder on the disk, for that account. */
    Path room(Path owner) throws IOException {
        Path room = Files.createDirectory(folder.resolve("room"));
        Files.setAttribute(room, "unix:uid", Files.getAttribute(owner, "unix:uid"));
        Files.setAttribute(room, "unix:gid", Files.getAttribute(owner, "unix:gid"));
        return room;
    }

    void fill() {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            return; // the disk is full
        }
    }

    void free() {
        try {
            Files.deleteIfExists(filler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            RootCommand.run(List.of("umount", "--lazy", folder.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
