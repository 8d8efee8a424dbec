package org.quorate.cli.hold;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.Names;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Text;

/**
 * What a hold stops.
 *
 * @param kind builder, master or everything
 * @param name null for everything
 */
record Held(String kind, @Nullable String name) {
    static final Held EVERYTHING = new Held("everything", null);
    private static final List<String> NAMED = List.of("builder", "master");

    /** Reads {@code builder NAME}, {@code master NAME} or {@code everything}. Rejects a name that is not known. */
    static Held of(Session session, List<String> words) {
        if (words.equals(List.of(EVERYTHING.kind()))) {
            return EVERYTHING;
        }
        if (words.size() == 2 && words.get(0).equals("scheduler")) {
            throw Failure.usage("a scheduler is stopped with quorate disable " + Text.printable(words.get(1)));
        }
        if (words.size() != 2 || !NAMED.contains(words.get(0))) {
            throw Failure.usage("say what: builder NAME, master NAME, or everything");
        }
        Names.of(session).require(words.get(0), words.get(1));
        return new Held(words.get(0), words.get(1));
    }

    /** Returns {@code builder arm}. */
    String words() {
        return name == null ? kind : kind + " " + name;
    }
}
