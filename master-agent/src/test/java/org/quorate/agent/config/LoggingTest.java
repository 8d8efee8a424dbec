package org.quorate.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LoggingTest {
    private static LoggerContext configured() throws Exception {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LoggingTest.class.getResource("/logback.xml"));
        return context;
    }

    @Test
    void a_record_is_one_line_on_standard_error_whatever_is_in_it() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            Logger log = configured().getLogger("org.quorate.claims");
            log.warn("two\nlines", new IllegalStateException("and\na trace"));
            log.info("plain");
            log.debug("hidden");
        } finally {
            System.setErr(before);
        }

        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .hasSize(2)
                .satisfiesExactly(
                        first -> assertThat(first)
                                .containsPattern("^[0-9T:.+-]+Z? WARN  org\\.quorate\\.claims: two \\| lines \\| ")
                                .contains("IllegalStateException: and | a trace"),
                        second -> assertThat(second).endsWith("INFO  org.quorate.claims: plain"));
    }

    @Test
    void our_own_lines_are_shown_from_info_and_those_of_libraries_from_warn() throws Exception {
        LoggerContext context = configured();

        assertThat(context.getLogger("org.quorate.agent").getEffectiveLevel()).isEqualTo(Level.INFO);
        // ZooKeeper's client warns at every attempt to connect; the agent logs once that ZooKeeper is unreachable
        assertThat(context.getLogger("org.apache.zookeeper.ClientCnxn").getEffectiveLevel())
                .isEqualTo(Level.ERROR);
        for (String library :
                new String[] {"org.apache.curator", "com.zaxxer.hikari", "org.flywaydb", "org.jdbi", "x"}) {
            assertThat(context.getLogger(library).getEffectiveLevel())
                    .as(library)
                    .isEqualTo(Level.WARN);
        }
    }
}
