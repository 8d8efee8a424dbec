package org.quorate.agent.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.supervision.ProcessIdentity;
import org.slf4j.LoggerFactory;

class StateFileTest {
    private static final StateFile.Remembered EPOCH = new StateFile.Remembered(41, new UUID(0, 7));

    @TempDir
    Path directory;

    @Test
    void the_state_file_of_a_process_that_has_ended_is_trusted() throws Exception {
        Process process = new ProcessBuilder("sleep", "4712").start();
        Life life = new Life(
                Life.current().place(), ProcessIdentity.of(process.pid()).orElseThrow());
        write(life);
        assertThat(read(Life.current())).as("its process still runs").isEmpty();

        process.destroyForcibly().waitFor();

        assertThat(read(Life.current())).contains(EPOCH);
    }

    @Test
    void a_state_file_of_another_place_is_not_trusted_even_if_no_such_process_runs_here() {
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
    void a_state_file_of_another_user_is_not_trusted_since_its_process_may_be_hidden() {
        String place = Life.current().place();
        String another = place.replaceFirst("/[0-9]+$", "/4711");
        write(new Life(another, new ProcessIdentity(Integer.MAX_VALUE, 1)));

        assertThat(another).isNotEqualTo(place);
        assertThat(read(Life.current())).isEmpty();
    }

    @Test
    void an_agent_that_cannot_read_the_boot_warns_once_at_its_start_with_what_to_do() throws Exception {
        Path proc = Files.createDirectories(directory.resolve("proc"));

        List<String> warnings = warnings(Life.class, () -> {
            Life self = Life.current(proc);
            write(self);
            assertThat(read(self)).isEmpty();
            assertThat(self.isPlaceKnown()).isFalse();
        });

        assertThat(warnings).singleElement().asString().contains(proc + "/sys/kernel/random/boot_id", "ProcSubset=pid");
        assertThat(warnings(Life.class, Life::current)).isEmpty();
    }

    @Test
    void the_log_gives_the_true_reason_of_a_new_epoch() throws Exception {
        Life blind = Life.current(Files.createDirectories(directory.resolve("proc")));
        Life seeing = Life.current();
        write(blind);

        assertThat(warnings(StateFile.class, () -> read(blind)))
                .as("it has already logged a warning")
                .isEmpty();
        assertThat(warnings(StateFile.class, () -> read(seeing)))
                .singleElement()
                .asString()
                .contains("could not read its machine's boot")
                .doesNotContain("was booted since");
    }

    private static List<String> warnings(Class<?> of, Runnable during) {
        Logger logger = (Logger) LoggerFactory.getLogger(of);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            during.run();
        } finally {
            logger.detachAppender(log);
        }
        return log.list.stream()
                .filter(event -> event.getLevel() == Level.WARN)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    void a_state_file_that_cannot_be_read_is_ignored() throws Exception {
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
