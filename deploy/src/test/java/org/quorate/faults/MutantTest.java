package org.quorate.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MutantTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void each_mutant_still_finds_in_the_real_statement_what_it_leaves_out(Mutant mutant) {
        assertThat(mutant.statements())
                .isNotEmpty()
                .allSatisfy(statement -> assertThat(mutant.sql(statement)).isNotBlank());
        assertThat(Mutant.named(mutant.word())).isEqualTo(mutant);
    }

    @Test
    void the_statement_of_a_mutant_comes_before_the_real_one_and_everything_else_stays() throws Exception {
        Path home = directory.resolve("home");
        Files.createDirectories(home.resolve("bin"));
        Files.createDirectories(home.resolve("lib"));
        Files.writeString(home.resolve("bin/quorate-agent"), "#!/bin/sh\n");
        Files.writeString(home.resolve("lib/a.jar"), "");
        Files.writeString(home.resolve("lib/classpath"), "lib/a.jar");

        Path copy = Mutant.NO_FENCE.distribution(home, directory);

        assertThat(Files.readString(copy.resolve("lib/classpath"))).isEqualTo("lib/statements:lib/a.jar");
        assertThat(copy.resolve("lib/statements/sql/masters/fence.sql"))
                .hasContent(Mutant.NO_FENCE.sql("masters/fence"));
        try (Stream<Path> files = Files.list(copy.resolve("lib"))) {
            assertThat(files.map(file -> file.getFileName().toString())).contains("a.jar");
        }
        assertThat(copy.resolve("bin/quorate-agent")).exists();
    }
}
