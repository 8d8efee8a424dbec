package org.quorate.cli.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ClusterOptionsTest {
    @Command(name = "verify")
    private static final class ReadsWholeTables {
        @Mixin
        private final ClusterOptions clusterOptions = new ClusterOptions();
    }

    @Command(name = "masters")
    private static final class ReadsFewRows {
        @Mixin
        private final ClusterOptions clusterOptions = new ClusterOptions();
    }

    @Test
    void a_command_that_reads_whole_tables_waits_longer_for_an_answer_unless_a_timeout_is_given() {
        assertThat(wholeTables()).isEqualTo(Duration.ofSeconds(30));
        assertThat(wholeTables("--timeout", "2s")).isEqualTo(Duration.ofSeconds(2));
        assertThat(fewRows()).isEqualTo(Duration.ofSeconds(5));
        assertThat(fewRows("--timeout", "90s")).isEqualTo(Duration.ofSeconds(30));
    }

    private static Duration wholeTables(String... words) {
        ReadsWholeTables command = new ReadsWholeTables();
        new CommandLine(command).parseArgs(words);
        return command.clusterOptions.patience();
    }

    private static Duration fewRows(String... words) {
        ReadsFewRows command = new ReadsFewRows();
        new CommandLine(command).parseArgs(words);
        return command.clusterOptions.patience();
    }
}
