package org.quorate.demo.report;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.LongSupplier;
import org.quorate.demo.faults.Picture;

/**
 * Shows the run while it goes on. On a terminal this is a block that is redrawn in place, with the events above it;
 * otherwise plain lines, at most one a second besides the events. One thread.
 */
public final class LiveView {
    private static final long SECOND = 1_000_000_000L;

    private final PrintWriter out;
    private final boolean terminal;
    private final int wanted;
    private final LongSupplier nanoTime;
    private int drawn;
    private String shown = "";
    private long shownNanos;

    /**
     * Creates the view; it shows nothing yet.
     *
     * @param wanted the number of buildrequests that the demo will submit at least, for the bar
     */
    public LiveView(PrintWriter out, boolean terminal, int wanted, LongSupplier nanoTime) {
        this.out = out;
        this.terminal = terminal;
        this.wanted = wanted;
        this.nanoTime = nanoTime;
        this.shownNanos = nanoTime.getAsLong() - SECOND;
    }

    /** Prints an event, which stays on the screen. */
    public void print(String sentence) {
        erase();
        out.println(terminal ? "\u001b[1m* " + sentence + "\u001b[0m" : "* " + sentence);
        out.flush();
    }

    public void show(Picture picture) {
        if (terminal) {
            erase();
            List<String> lines = Screen.lines(picture, wanted);
            lines.forEach(out::println);
            drawn = lines.size();
            out.flush();
            return;
        }
        String line = Screen.line(picture);
        boolean news = !line.substring(line.indexOf(" s ")).equals(shown);
        if (news && nanoTime.getAsLong() - shownNanos >= SECOND) {
            shown = line.substring(line.indexOf(" s "));
            shownNanos = nanoTime.getAsLong();
            out.println(line);
            out.flush();
        }
    }

    /** Removes the block; the events stay. */
    public void close() {
        erase();
        out.flush();
    }

    private void erase() {
        if (drawn > 0) {
            out.print("\u001b[" + drawn + "A\r\u001b[J");
            drawn = 0;
        }
    }
}
