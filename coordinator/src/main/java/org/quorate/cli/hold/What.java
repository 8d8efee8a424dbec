package org.quorate.cli.hold;

import java.util.ArrayList;
import java.util.List;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.Names;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Text;
import picocli.CommandLine.Parameters;

/** The words for what is held: {@code builder NAME}, {@code master NAME} or {@code everything}. */
final class What {
    private static final List<String> NAMED = List.of("builder", "master");

    @Parameters(arity = "1..2", paramLabel = "WHAT", description = "builder NAME, master NAME, or everything.")
    private List<String> words = new ArrayList<>();

    /** Reads the words. Rejects a name that is not known. */
    Held held(Session session) {
        if (words.equals(List.of(Held.EVERYTHING.kind()))) {
            return Held.EVERYTHING;
        }
        if (words.size() == 2 && words.get(0).equals("scheduler")) {
            throw Failure.usage("a scheduler is stopped with quorate disable " + Text.printable(words.get(1)));
        }
        if (words.size() != 2 || !NAMED.contains(words.get(0))) {
            throw Failure.usage("write what is meant: builder NAME, master NAME, or everything");
        }
        Names.of(session).require(words.get(0), words.get(1));
        return new Held(words.get(0), words.get(1));
    }
}
