package org.quorate.demo.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.quorate.demo.faults.Picture;

/** The text of a picture: several lines for a terminal, one for a pipe. Pure. */
public final class Screen {
    private static final int BAR = 40;

    private Screen() {}

    public static String line(Picture picture) {
        return String.format(
                Locale.ROOT,
                "%5.1f s  %d of %d completed, %d running, %d pending; %s",
                picture.seconds(),
                picture.completed(),
                picture.submitted(),
                picture.claimed(),
                picture.pending(),
                picture.masters().stream().map(Screen::brief).collect(Collectors.joining(", ")));
    }

    private static String brief(Picture.Master master) {
        return master.isActive() ? master.name() + " runs " + master.claims() : master.name() + " " + master.state();
    }

    public static List<String> lines(Picture picture, int wanted) {
        List<String> lines = new ArrayList<>();
        int all = Math.max(Math.max(wanted, picture.submitted()), 1);
        int full = Math.min(BAR, BAR * picture.completed() / all);
        lines.add(String.format(
                Locale.ROOT,
                "%5.1f s  [%s%s] %d of %d completed, %d running, %d pending",
                picture.seconds(),
                "#".repeat(full),
                ".".repeat(BAR - full),
                picture.completed(),
                all,
                picture.claimed(),
                picture.pending()));
        lines.add("MASTER  STATE     EPOCH  RUNNING  SCHEDULERS  COMPLETED");
        for (Picture.Master master : picture.masters()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%-7s %-8s %6d %8d %11d %10d%s",
                    master.name(),
                    master.state(),
                    master.epoch(),
                    master.claims(),
                    master.schedulers(),
                    master.completed(),
                    master.leads() ? "  leads" : ""));
        }
        lines.add("BUILDER    PENDING  RUNNING  COMPLETED    SCHEDULER        OWNER  TICKS");
        int rows = Math.max(picture.builders().size(), picture.schedulers().size());
        for (int i = 0; i < rows; i++) {
            lines.add((builder(picture, i) + "    " + scheduler(picture, i)).stripTrailing());
        }
        return lines;
    }

    private static String builder(Picture picture, int index) {
        if (index >= picture.builders().size()) {
            return " ".repeat(38);
        }
        Picture.Builder builder = picture.builders().get(index);
        return String.format(
                Locale.ROOT,
                "%-10s %7d %8d %10d",
                builder.name(),
                builder.pending(),
                builder.running(),
                builder.completed());
    }

    private static String scheduler(Picture picture, int index) {
        if (index >= picture.schedulers().size()) {
            return "";
        }
        Picture.Scheduler scheduler = picture.schedulers().get(index);
        return String.format(
                Locale.ROOT,
                "%-16s %-6s %5d",
                scheduler.name(),
                scheduler.owner().isEmpty() ? "-" : scheduler.owner(),
                scheduler.ticks());
    }
}
