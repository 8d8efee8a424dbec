package org.quorate.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Parses the text of one YAML document into nodes. Stricter than YAML where YAML surprises: a duplicate key, an alias
 * or a second document is a mistake.
 */
final class YamlTree {
    private static final YAMLFactory FACTORY = YAMLFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(32).build())
            .build();

    private final String file;
    private final List<Mistake> mistakes;
    private final YAMLParser parser;

    private YamlTree(String file, YAMLParser parser, List<Mistake> mistakes) {
        this.file = file;
        this.parser = parser;
        this.mistakes = mistakes;
    }

    /** Returns the root; empty for an empty document and after a mistake of syntax. */
    static Node parse(String file, String text, List<Mistake> mistakes) {
        try (YAMLParser parser = FACTORY.createParser(text)) {
            return new YamlTree(file, parser, mistakes).document();
        } catch (JsonProcessingException e) {
            mistakes.add(
                    new Mistake(place(file, e.getLocation()), "", "is not YAML: " + words(e.getOriginalMessage())));
        } catch (IOException e) {
            mistakes.add(new Mistake(file, "", "cannot be read: " + words(String.valueOf(e.getMessage()))));
        }
        return nothing(file);
    }

    /** Returns the node of an empty document. */
    static Node nothing(String file) {
        return new Node.Empty(file + ":1:1");
    }

    private Node document() throws IOException {
        if (parser.nextToken() == null) {
            return nothing(file);
        }
        Node root = node("");
        if (parser.nextToken() != null) {
            mistakes.add(new Mistake(place(), "", "a second document begins here: write one only"));
        }
        return root;
    }

    private Node node(String key) throws IOException {
        String place = place();
        if (parser.isCurrentAlias()) {
            mistakes.add(new Mistake(place, key, "aliases (*) are not supported: write the value out"));
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> mapping(place, key);
            case START_ARRAY -> sequence(place, key);
            case VALUE_NULL -> new Node.Empty(place);
            default -> new Node.Scalar(place, parser.getText());
        };
    }

    private Node mapping(String place, String key) throws IOException {
        Map<String, Node> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            String path = key.isEmpty() ? name : key + "." + name;
            String namePlace = place();
            parser.nextToken();
            Node value = at(namePlace, node(path));
            Node before = entries.putIfAbsent(name, value);
            if (before != null) {
                mistakes.add(new Mistake(
                        namePlace, path, "stands here a second time, after " + before.place() + ": keep one of them"));
            }
        }
        return new Node.Mapping(place, entries);
    }

    private Node sequence(String place, String key) throws IOException {
        List<Node> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(node(String.format(Locale.ROOT, "%s[%d]", key, items.size())));
        }
        return new Node.Sequence(place, items);
    }

    /** Gives a value the place of its name, because people look there for it. */
    private static Node at(String place, Node node) {
        if (node instanceof Node.Scalar scalar) {
            return new Node.Scalar(place, scalar.text());
        }
        if (node instanceof Node.Sequence sequence) {
            return new Node.Sequence(place, sequence.items());
        }
        return node instanceof Node.Mapping mapping
                ? new Node.Mapping(place, mapping.entries())
                : new Node.Empty(place);
    }

    private String place() {
        return place(file, parser.currentTokenLocation());
    }

    private static String place(String file, @Nullable JsonLocation at) {
        return at == null || at.getLineNr() < 1 ? file : file + ":" + at.getLineNr() + ":" + at.getColumnNr();
    }

    /**
     * Removes indented lines, which hold places and quotations of the file: our own place is clearer, and secrets stay
     * out.
     */
    private static String words(String message) {
        return message.lines().filter(line -> !line.startsWith(" ")).collect(Collectors.joining(": "));
    }
}
