package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the archive of loaded classes that each launcher makes at its first call and uses from then on. */
class SharedClassesIT {
    private static final List<String> PROGRAMS = List.of("quorate", "quorate-agent");

    @TempDir
    private Path temporary;

    private Path cache;

    /** A home folder may lie so deep that the path of a Unix socket below it would be too long. */
    @BeforeEach
    void choose() throws IOException {
        cache = Files.createDirectories(temporary.resolve("deep".repeat(30)));
    }

    @Test
    void the_first_call_makes_the_archive_and_the_next_one_uses_it() throws IOException {
        for (String program : PROGRAMS) {
            run(program, Map.of());
        }
        // made in the background, at low priority
        Patience.within(500, () -> files().size() == 2 && files().stream().allMatch(file -> file.endsWith(".jsa")));

        for (String program : PROGRAMS) {
            Path loaded = cache.resolve(program + ".txt");
            run(program, Map.of("QUORATE_JAVA_OPTS", "-Xlog:class+load:file=" + loaded));
            assertThat(Files.readString(loaded)).contains("org.quorate.", "source: shared objects file (top)");
        }
        assertThat(files()).hasSize(2);
    }

    @Test
    void no_archive_is_made_where_none_is_wanted_or_the_cache_cannot_be_written() throws IOException {
        run("quorate-agent", Map.of("QUORATE_SHARED_CLASSES", "no"));
        assertThat(cache.resolve("quorate")).doesNotExist();

        Path file = Files.createFile(cache.resolve("file"));
        run("quorate-agent", Map.of("XDG_CACHE_HOME", file.toString()));
    }

    private void run(String program, Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(Map.of("XDG_CACHE_HOME", cache.toString()));
        all.putAll(environment);
        Command.Result result = Command.runAt(cache, all, List.of(Command.program(program), "--version"));
        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.err()).isEmpty();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(cache.resolve("quorate"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
