package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManPagesTest {
    @TempDir
    Path folder;

    @Test
    void each_command_has_a_page_in_which_no_text_is_taken_for_a_request() throws Exception {
        ManPages.main(new String[] {folder.toString()});

        List<String> pages;
        try (Stream<Path> files = Files.list(folder)) {
            pages = files.map(file -> file.getFileName().toString()).toList();
        }
        assertThat(pages)
                .contains(
                        "quorate.bash",
                        "quorate.1",
                        "quorate-status.1",
                        "quorate-request-show.1",
                        "quorate-rescue.1",
                        "quorate-schema-adopt.1",
                        "quorate-schema-create.1",
                        "quorate-schema-leave.1");
        String page = Files.readString(folder.resolve("quorate-drain.1"));
        assertThat(page).contains(".SH NAME", "quorate\\-drain \\- ", ".SH EXIT STATUS", "\\-\\-wait");
        assertThat(page.lines().filter(line -> line.startsWith(".")))
                .allMatch(line -> line.matches("\\.(TH|SH|TP|B|I)\\b.*"));
        assertThat(ManPages.escaped(".so /etc/passwd \\fB")).isEqualTo("\\&.so /etc/passwd \\efB");
    }
}
