package org.quorate.cli.frame;

import java.util.List;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Text;
import org.quorate.config.Guess;

/** The kinds of events in the history, as the table's check constraint names them. */
public final class HistoryKinds {
    /** In the order in which the help lists them. */
    public static final List<String> ALL = List.of(
            "register",
            "resume",
            "leave",
            "lead",
            "fence",
            "claim",
            "complete",
            "release",
            "own",
            "disown",
            "tick",
            "submit",
            "cancel",
            "reprioritize",
            "drain",
            "undrain",
            "move",
            "enable",
            "disable",
            "restart",
            "identity",
            "hold",
            "lift");

    private HistoryKinds() {}

    /** Throws a {@link Failure} that suggests the nearest kind, unless all of these are kinds. */
    public static void require(List<String> kinds) {
        for (String kind : kinds) {
            if (!ALL.contains(kind)) {
                throw Failure.usage("the history has no kind '" + Text.shortened(Text.printable(kind), 40) + "'; "
                        + Guess.among(kind, ALL));
            }
        }
    }
}
