package org.quorate.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.claim.Attempt;
import org.quorate.claim.Completion;
import org.quorate.master.Authority;

class SpoolTest {
    private static final Authority EPOCH = new Authority(3, 8_589_934_597L, new UUID(0, 7));

    @TempDir
    Path directory;

    private Path file;
    private Spool spool;

    @BeforeEach
    void open() {
        file = directory.resolve(Spool.FILE);
        spool = Spool.open(directory);
    }

    private static Completion completion(int brid) {
        return new Completion(new Attempt(brid, new UUID(1, brid)), brid % 7);
    }

    private static List<Integer> brids(Spool spool) {
        return spool.first(1_000).stream()
                .map(entry -> entry.completion().brid())
                .toList();
    }

    @Test
    void kept_completions_are_read_again_unchanged_and_in_order() {
        spool.keep(EPOCH, List.of(completion(18), completion(4)));
        spool.keep(EPOCH, List.of(completion(11)));

        Spool again = Spool.open(directory);

        assertThat(again.first(10)).isEqualTo(spool.first(10)).hasSize(3);
        assertThat(again.first(10).get(0)).isEqualTo(new Spool.Entry(EPOCH, completion(18)));
        assertThat(brids(again)).containsExactly(18, 4, 11);
        assertThat(again.newestEpoch()).hasValue(EPOCH.epoch());
        assertThat(again.bytes()).isEqualTo(spool.bytes()).isPositive();
    }

    @Test
    void wherever_a_crash_cuts_the_file_the_whole_lines_before_it_are_kept_and_new_ones_follow_them() throws Exception {
        spool.keep(EPOCH, List.of(completion(1), completion(2), completion(3)));
        spool.close();
        byte[] whole = Files.readAllBytes(file);

        for (int length = 0; length <= whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            int lines = (int) new String(whole, 0, length, java.nio.charset.StandardCharsets.US_ASCII)
                    .chars()
                    .filter(c -> c == '\n')
                    .count();

            try (Spool torn = Spool.open(directory)) {
                assertThat(torn.count()).as("cut to %d bytes", length).isEqualTo(lines);
                assertThat(torn.keep(EPOCH, List.of(completion(9)))).isTrue();
            }

            try (Spool after = Spool.open(directory)) {
                assertThat(brids(after))
                        .as("cut to %d bytes", length)
                        .containsExactlyElementsOf(List.of(1, 2, 3, 9).stream()
                                .filter(brid -> brid <= lines || brid == 9)
                                .toList());
            }
        }
    }

    @Test
    void a_torn_line_is_cut_off_before_another_is_written_however_long_it_is() throws Exception {
        spool.keep(EPOCH, List.of(completion(1)));
        spool.close();
        Files.writeString(file, "x".repeat(1_000), StandardOpenOption.APPEND);

        try (Spool torn = Spool.open(directory)) {
            torn.keep(EPOCH, List.of(completion(2)));
        }

        assertThat(Files.readString(file)).doesNotContain("x").endsWith("}\n");
        assertThat(brids(Spool.open(directory))).containsExactly(1, 2);
    }

    @Test
    void a_line_that_is_not_a_completion_is_dropped_without_its_neighbours() throws Exception {
        spool.keep(EPOCH, List.of(completion(1)));
        spool.close();
        Files.writeString(
                file,
                "\n{}\n{\"brid\":2}\n\u0000\u0000\n[1]\nnull\n"
                        + Files.readString(file).replace("\"brid\":1", "\"brid\":-1")
                        + Files.readString(file).replace("\"results\":1", "\"results\":77"),
                StandardOpenOption.APPEND);
        Files.write(file, new byte[] {(byte) 0xff, '\n'}, StandardOpenOption.APPEND);
        try (Spool broken = Spool.open(directory)) {
            broken.keep(EPOCH, List.of(completion(3)));
        }

        assertThat(brids(Spool.open(directory))).containsExactly(1, 3);
    }

    @Test
    void an_attempt_is_kept_once_however_often_it_is_added() throws Exception {
        assertThat(spool.keep(EPOCH, List.of(completion(1), completion(1)))).isTrue();
        assertThat(spool.keep(EPOCH, List.of(completion(1), completion(2)))).isTrue();

        assertThat(Files.readAllLines(file)).hasSize(2);
        assertThat(spool.count()).isEqualTo(2);
    }

    @Test
    void another_attempt_at_the_same_buildrequest_is_another_completion() {
        spool.keep(EPOCH, List.of(completion(1), new Completion(new Attempt(1, new UUID(2, 1)), 0)));

        assertThat(spool.count()).isEqualTo(2);
    }

    @Test
    void the_file_exists_only_while_it_holds_something_and_only_its_owner_may_read_it() throws Exception {
        assertThat(file).doesNotExist();

        spool.keep(EPOCH, List.of(completion(1), completion(2)));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        spool.strike(spool.first(1));
        assertThat(brids(spool)).containsExactly(2);
        assertThat(file).exists();
        spool.strike(spool.first(1));

        assertThat(file).doesNotExist();
        assertThat(spool.isEmpty()).isTrue();
        assertThat(spool.bytes()).isZero();
        assertThat(spool.newestEpoch()).isEmpty();
    }

    @Test
    void a_spool_can_be_filled_again_after_it_was_emptied() {
        spool.keep(EPOCH, List.of(completion(1)));
        spool.strike(spool.first(1));
        spool.keep(EPOCH, List.of(completion(2)));

        assertThat(brids(Spool.open(directory))).containsExactly(2);
    }

    @Test
    void a_file_that_others_could_read_is_closed_to_them() throws Exception {
        spool.keep(EPOCH, List.of(completion(1)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        Spool.open(directory);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void a_full_spool_accepts_nothing_more_and_keeps_its_completions() throws Exception {
        Spool small = Spool.open(directory, 500);
        assertThat(small.keep(EPOCH, List.of(completion(1), completion(2)))).isTrue();

        assertThat(small.keep(EPOCH, List.of(completion(3), completion(4)))).isFalse();

        assertThat(brids(small)).containsExactly(1, 2);
        assertThat(Files.size(file)).isEqualTo(small.bytes()).isLessThanOrEqualTo(500);
        small.strike(small.first(10));
        assertThat(small.keep(EPOCH, List.of(completion(3), completion(4)))).isTrue();
    }

    @Test
    void a_completion_that_cannot_be_written_is_not_kept_and_is_accepted_after_the_repair() throws IOException {
        Files.createDirectory(file);
        assertThat(spool.keep(EPOCH, List.of(completion(1)))).isFalse();
        assertThat(spool.isEmpty()).isTrue();

        Files.delete(file);

        assertThat(spool.keep(EPOCH, List.of(completion(1)))).isTrue();
        assertThat(brids(Spool.open(directory))).containsExactly(1);
    }

    @Test
    void a_spool_that_cannot_be_read_fails_with_one_sentence() throws IOException {
        Files.createDirectory(file);

        assertThatThrownBy(() -> Spool.open(directory))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("make the file readable for the agent's user");
    }

    @Test
    void the_first_completions_are_all_of_one_epoch() {
        Authority later = new Authority(3, EPOCH.epoch() + 1, new UUID(0, 8));
        spool.keep(EPOCH, List.of(completion(1), completion(2)));
        spool.keep(later, List.of(completion(3)));

        assertThat(brids(spool)).containsExactly(1, 2);
        assertThat(spool.newestEpoch()).hasValue(later.epoch());
        spool.strike(spool.first(10));
        assertThat(brids(spool)).containsExactly(3);
    }
}
