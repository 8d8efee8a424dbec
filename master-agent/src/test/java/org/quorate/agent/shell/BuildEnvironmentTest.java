package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BuildEnvironmentTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            -c quorate.masterid=7 -c quorate.epoch=41                          | ''
            -c work_mem=8MB -c quorate.masterid=7 -c quorate.epoch=41          | -c work_mem=8MB
            -c quorate.masterid=7 -c quorate.epoch=41 -c work_mem=8MB          | -c work_mem=8MB
            -c work_mem=8MB                                                    | -c work_mem=8MB
            -c work_mem=8MB -c idle_in_transaction_session_timeout=6000 -c lock_timeout=2000 -c application_name=quorate-buildmaster:7:41 -c quorate.masterid=7 -c quorate.epoch=41 | -c work_mem=8MB
            -c quorate.masterid=7 -c quorate.epoch=41 -c quorate.database=0a-1b | ''
            -c lock_timeout=2000 -c application_name=mine                      | -c lock_timeout=2000 -c application_name=mine
            -c idle_in_transaction_session_timeout=9000                        | -c idle_in_transaction_session_timeout=9000
            """)
    void a_builds_sessions_with_a_database_are_not_the_buildmasters(String inherited, String left) {
        assertThat(BuildEnvironment.ofNobody(inherited)).isEqualTo(left);
    }
}
