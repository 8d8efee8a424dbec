package org.quorate.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One YAML document that was read from a file and not yet compared with any keys. Immutable. */
public final class YamlFile {
    private static final int MOST_BYTES = 1024 * 1024;

    private final String name;
    private final Node root;
    private final List<Mistake> mistakes;

    private YamlFile(String name, Node root, List<Mistake> mistakes) {
        this.name = name;
        this.root = root;
        this.mistakes = List.copyOf(mistakes);
    }

    /** Reads a file. If it does not exist, is too large or is not UTF-8, throws {@link ConfigurationErrors} at once. */
    public static YamlFile read(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw refused(file, "is greater than 1 MiB: that is no configuration");
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            return parse(
                    file.toString(),
                    StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException e) {
            throw refused(file, "is not UTF-8: save it as UTF-8");
        } catch (IOException e) {
            throw refused(
                    file, "cannot be read: " + (Files.exists(file) ? "check its mode and owner" : "no such file"));
        }
    }

    /**
     * Parses the text of a document; {@code name} appears in messages. Mistakes of syntax are reported by {@link
     * #values}.
     */
    public static YamlFile parse(String name, String text) {
        List<Mistake> mistakes = new ArrayList<>();
        return new YamlFile(name, YamlTree.parse(name, text, mistakes), mistakes);
    }

    /**
     * Reads the values of the keys from the document, with overrides and <code>${…}</code> from the environment.
     *
     * @throws ConfigurationErrors with all mistakes
     */
    public Values values(Keys keys, Map<String, String> environment) {
        if (root instanceof Node.Empty && !mistakes.isEmpty()) {
            throw new ConfigurationErrors(mistakes); // without a document, further mistakes would mean nothing
        }
        List<Mistake> all = new ArrayList<>(mistakes);
        Values values = new Reading(name, environment, all).document(keys, root);
        if (!all.isEmpty()) {
            throw new ConfigurationErrors(all);
        }
        return values;
    }

    /** Returns how many of these keys' names are in the root. This is enough to distinguish kinds of files. */
    public long namesOf(Keys keys) {
        return root instanceof Node.Mapping mapping
                ? keys.names().stream().filter(mapping.entries()::containsKey).count()
                : 0;
    }

    private static ConfigurationErrors refused(Path file, String what) {
        return new ConfigurationErrors(List.of(new Mistake(file.toString(), "", what)));
    }
}
