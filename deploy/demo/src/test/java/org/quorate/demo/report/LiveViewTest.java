package org.quorate.demo.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.quorate.demo.faults.Picture;

public class LiveViewTest {
    private final StringWriter written = new StringWriter();
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void in_a_pipe_there_is_at_most_one_line_a_second_and_no_escape() {
        LiveView view = view(false);

        for (int i = 0; i < 40; i++) {
            view.show(picture(i));
            nanos.addAndGet(100_000_000);
        }

        assertThat(written.toString().lines()).hasSize(4).noneMatch(line -> line.contains("\u001b"));
    }

    @Test
    void in_a_pipe_a_picture_without_news_is_not_repeated() {
        LiveView view = view(false);

        for (int i = 0; i < 5; i++) {
            view.show(picture(7));
            nanos.addAndGet(2_000_000_000L);
        }

        assertThat(written.toString().lines()).hasSize(1);
    }

    @Test
    void an_event_is_always_printed() {
        LiveView view = view(false);

        view.show(picture(1));
        view.print("SIGKILL to m2");

        assertThat(written.toString()).contains("* SIGKILL to m2\n");
    }

    @Test
    void on_a_terminal_the_block_is_redrawn_in_place_and_gone_at_the_end() {
        LiveView view = view(true);
        int height = Screen.lines(picture(1), 300).size();

        view.show(picture(1));
        view.show(picture(2));
        view.close();

        assertThat(written.toString().split("\u001b\\[" + height + "A", -1)).hasSize(3);
        assertThat(written.toString()).endsWith("\u001b[J");
    }

    @Test
    void the_line_for_a_pipe_has_the_numbers_of_the_run_and_of_each_master() {
        assertThat(Screen.line(picture(12)))
                .isEqualTo("  3.5 s  12 of 300 completed, 4 running, 9 pending; m1 runs 4, m2 fenced");
    }

    @Test
    void the_screen_shows_masters_builders_and_schedulers() {
        List<String> lines = Screen.lines(picture(150), 300);

        assertThat(lines.get(0)).contains("[####################....................] 150 of 300 completed");
        assertThat(lines).anyMatch(line -> line.startsWith("m1") && line.endsWith("leads"));
        assertThat(lines).anyMatch(line -> line.startsWith("lint") && line.contains("every-2s"));
    }

    private LiveView view(boolean terminal) {
        return new LiveView(new PrintWriter(written), terminal, 300, nanos::get);
    }

    public static Picture picture(int completed) {
        return new Picture(
                3.5,
                300,
                completed,
                9,
                4,
                List.of(
                        new Picture.Master("m1", "active", 3, 4, 2, true, completed),
                        new Picture.Master("m2", "fenced", 5, 2, 0, false, 0)),
                List.of(new Picture.Builder("lint", 9, 4, completed, 2)),
                List.of(new Picture.Scheduler("every-2s", "m1", 3)));
    }
}
