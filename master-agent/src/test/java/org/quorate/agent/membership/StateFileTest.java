package org.quorate.agent.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.supervision.ProcessIdentity;

class StateFileTest {
    private static final StateFile.Remembered EPOCH = new StateFile.Remembered(41, new UUID(0, 7));

    @TempDir
    Path directory;

    @Test
    void what_a_process_wrote_that_has_ended_is_believed() throws Exception {
        Process process = new ProcessBuilder("sleep", "4712").start();
        Life life = new Life(
                Life.current().place(), ProcessIdentity.of(process.pid()).orElseThrow());
        write(life);
        assertThat(read(Life.current())).as("it lives").isEmpty();

        process.destroyForcibly().waitFor();

        assertThat(read(Life.current())).contains(EPOCH);
    }

    @Test
    void what_was_written_in_another_place_is_not_believed_though_no_such_process_is_here() {
        write(new Life("another boot/pid:[1]", new ProcessIdentity(Integer.MAX_VALUE, 1)));

        assertThat(read(Life.current())).isEmpty();
    }

    @Test
    void a_process_that_got_the_same_number_later_is_another_life() {
        Life self = Life.current();
        write(new Life(
                self.place(),
                new ProcessIdentity(self.process().pid(), self.process().startTicks() - 1)));

        assertThat(read(self)).contains(EPOCH);
    }

    @Test
    void what_cannot_be_read_is_ignored() throws Exception {
        for (String content :
                new String[] {"", "{", "{}", "{\"epoch\": 1, \"incarnation\": \"x\", \"life\": \"a b c\"}"}) {
            Files.writeString(directory.resolve("agent.json"), content);
            assertThat(read(Life.current())).isEmpty();
        }
    }

    @Test
    void one_process_at_a_time_uses_a_state_directory() {
        try (StateFile first = StateFile.open(directory, Life.current())) {
            assertThat(first.read()).isEmpty();
            assertThatThrownBy(() -> StateFile.open(directory, Life.current()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("another agent uses the state directory");
        }
    }

    private void write(Life life) {
        try (StateFile file = StateFile.open(directory, life)) {
            file.write(EPOCH);
        }
    }

    private java.util.Optional<StateFile.Remembered> read(Life self) {
        try (StateFile file = StateFile.open(directory, self)) {
            return file.read();
        }
    }
}
