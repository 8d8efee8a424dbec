package org.quorate.config;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Locale;
import java.util.regex.Pattern;

/** Writes values as YAML, each with its origin in a comment. Reading it gives the same values, except for secrets. */
final class Effective {
    /** Line breaks in YAML that JSON does not escape, and characters that YAML does not allow. */
    private static final Pattern YAML_BREAKS = Pattern.compile("[\\x7f-\\xa0\\u2028\\u2029\\ufeff]");

    private static final Pattern PLAIN =
            Pattern.compile("[A-Za-z0-9./_(][A-Za-z0-9./_@%+()-]*(:[A-Za-z0-9./_@%+()-]+)*");

    private Effective() {}

    static String render(Values values, boolean defaults) {
        StringBuilder lines = new StringBuilder();
        String section = "";
        for (Key<?> key : values.keys().all()) {
            int dot = key.path().lastIndexOf('.');
            String under = dot < 0 ? "" : key.path().substring(0, dot);
            if (!values.has(key) || (!defaults && values.isDefault(key))) {
                continue;
            }
            if (!under.equals(section) && !under.isEmpty()) {
                lines.append(under).append(":\n");
            }
            section = under;
            String indent = under.isEmpty() ? "" : "  ";
            lines.append(line(values, key, key.path().substring(dot + 1)).indent(indent.length()));
        }
        return lines.toString();
    }

    private static <T> String line(Values values, Key<T> key, String name) {
        String shown = key.kind().show(values.get(key));
        String origin = "  # " + values.origin(key);
        return shown.startsWith("\n") ? name + ":" + origin + indent(shown) : name + ": " + shown + origin;
    }

    /** Indents lines that begin with a line feed by two columns. */
    static String indent(String lines) {
        return lines.replace("\n", "\n  ");
    }

    /** Returns a text as a YAML scalar: plain if that is safe, else in double quotes. */
    static String scalar(String text) {
        if (PLAIN.matcher(text).matches()) {
            return text;
        }
        String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(text));
        return '"'
                + YAML_BREAKS
                        .matcher(quoted)
                        .replaceAll(found -> unicode(found.group().charAt(0)))
                + '"';
    }

    private static String unicode(char character) {
        return String.format(Locale.ROOT, "\\\\u%04x", (int) character);
    }
}
