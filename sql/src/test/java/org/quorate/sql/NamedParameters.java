package org.quorate.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A statement whose named parameters were replaced by numbered ones, in the order of {@code names}. */
record NamedParameters(String sql, List<String> names) {
    /** What may hide a colon, then a cast, then a parameter. */
    private static final Pattern TOKEN = Pattern.compile("--[^\\n]*|'(?:[^']|'')*'|::|:([a-z_]+)");

    /** As {@code $1}, each name once. */
    static NamedParameters dollars(String text) {
        return rewrite(text, true, number -> "\\$" + number);
    }

    /** As {@code ?}, once for each use. */
    static NamedParameters questionMarks(String text) {
        return rewrite(text, false, number -> "?");
    }

    private static NamedParameters rewrite(String text, boolean once, IntFunction<String> mark) {
        List<String> names = new ArrayList<>();
        String sql = TOKEN.matcher(text).replaceAll(match -> {
            String name = match.group(1);
            if (name == null) {
                return Matcher.quoteReplacement(match.group());
            }
            if (!once || !names.contains(name)) {
                names.add(name);
            }
            return mark.apply(once ? names.indexOf(name) + 1 : names.size());
        });
        return new NamedParameters(sql, names);
    }
}
