package org.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresBinariesTest {
    private final URL archive = PostgresBinaries.archive();

    @Test
    void unpacks_the_same_without_tar_as_with_it(@TempDir Path withTar, @TempDir Path without) throws Exception {
        Path first = PostgresBinaries.unpacked(archive, withTar, true);
        Path second = PostgresBinaries.unpacked(archive, without, false);

        assertThat(files(second)).isEqualTo(files(first)).anyMatch(line -> line.startsWith("x bin/postgres"));
    }

    @Test
    void two_processes_that_unpack_at_once_end_with_one_copy(@TempDir Path cache) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        Callable<Path> unpack = () -> PostgresBinaries.unpacked(archive, cache, true);

        try {
            for (var outcome : threads.invokeAll(List.of(unpack, unpack))) {
                assertThat(outcome.get().resolve("bin/postgres")).isExecutable();
            }
        } finally {
            threads.shutdownNow();
        }

        try (Stream<Path> left = Files.list(cache)) {
            assertThat(left).hasSize(1);
        }
    }

    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> (isExecutable(file) ? "x " : "- ") + root.relativize(file))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isExecutable(Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_EXECUTE);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
