package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Masters on a machine that has far too much to do are slow, and nobody takes them for dead. */
@Tag("faults")
class StarvationIT {
    private static final int BURNERS_PER_CORE = 4;
    private static final int TICKS = 15;
    private static final Buildmaster WORK = Buildmaster.of(4, Map.of("quick", "sleep 0.2"))
            .with(Map.of("beat", "kind: periodic, every: 2s, builders: [quick]"));

    private final List<Process> burners = new ArrayList<>();
    private Site site;

    @AfterEach
    void close() {
        burners.forEach(Process::destroyForcibly);
        site.close();
    }

    /** Apache DolphinScheduler #8110: a starved worker was taken for dead, and its task ran twice. */
    @Test
    void a_machine_with_too_much_load_is_not_taken_for_dead() throws Exception {
        site = Site.open();
        site.startAll(WORK, "m1", "m2", "m3");
        String epochs = epochs();
        burn();

        int submitted = site.submit("quick", 40);
        site.awaitTrue("select count(*) >= " + TICKS + " from quorate.tick");

        assertThat(burners).allMatch(Process::isAlive);
        assertThat(site.number("select count(*) from quorate.history where kind in ('fence', 'release')"))
                .isZero();
        assertThat(epochs()).isEqualTo(epochs);
        site.assertWhole(submitted);
    }

    private String epochs() {
        return site.query("select string_agg(name || ' ' || epoch, ', ' order by name) from quorate.master");
    }

    private void burn() throws IOException {
        int count = BURNERS_PER_CORE * Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < count; i++) {
            burners.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
        }
    }
}
