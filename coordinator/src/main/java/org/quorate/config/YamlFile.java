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

/** One YAML document, read from a file and not yet checked against any keys. Immutable. */
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

    /** Reads a file. One that is not there, too great or not UTF-8 is {@link ConfigurationErrors} at once. */
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

    /** Takes the text of a document; the name stands in messages. Mistakes of syntax wait for {@link #values}. */
    public static YamlFile parse(String name, String text) {
        List<Mistake> mistakes = new ArrayList<>();
        return new YamlFile(name, YamlTree.parse(name, text, mistakes), mistakes);
    }

    /**
     * Reads the document against keys, with overrides and <code>${…}</code> from the environment.
     *
     * @throws ConfigurationErrors with every mistake there is
     */
    public Values values(Keys keys, Map<String, String> environment) {
        if (root instanceof Node.Empty && !mistakes.isEmpty()) {
            throw new ConfigurationErrors(mistakes); // no document: whatever else were said would be about nothing
        }
        List<Mistake> all = new ArrayList<>(mistakes);
        Values values = new Reading(name, environment, all).document(keys, root);
        if (!all.isEmpty()) {
            throw new ConfigurationErrors(all);
        }
        return values;
    }

    /** How many of these keys' names stand at the root: enough to tell one kind of file from another. */
    public long namesOf(Keys keys) {
        return root instanceof Node.Mapping mapping
                ? keys.names().stream().filter(mapping.entries()::containsKey).count()
                : 0;
    }

    private static ConfigurationErrors refused(Path file, String what) {
        return new ConfigurationErrors(List.of(new Mistake(file.toString(), "", what)));
    }
}
