package org.quorate.cli.hold;

import org.jspecify.annotations.Nullable;

/**
 * What a hold stops.
 *
 * @param kind builder, master or everything
 * @param name null for everything
 */
record Held(String kind, @Nullable String name) {
    static final Held EVERYTHING = new Held("everything", null);

    /** Returns {@code builder arm}. */
    String words() {
        return name == null ? kind : kind + " " + name;
    }
}
