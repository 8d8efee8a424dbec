package org.quorate.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DocumentTest {
    @Test
    void the_document_names_every_fault_profile_and_mutant_and_the_help_names_those_that_may_be_chosen()
            throws IOException {
        String document = Files.readString(Path.of("FAULTS.md"));
        String help = Files.readString(Path.of("faults"));

        assertThat(document)
                .contains(Arrays.stream(Kind.values())
                        .map(kind -> "`" + kind.word() + "`")
                        .toList());
        Stream.concat(
                        Arrays.stream(Profile.values()).map(Profile::word),
                        Arrays.stream(Mutant.values()).map(Mutant::word))
                .forEach(word -> {
                    assertThat(document).contains("`" + word + "`");
                    assertThat(help).contains(word);
                });
    }
}
