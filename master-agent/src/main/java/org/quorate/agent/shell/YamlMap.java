package org.quorate.agent.shell;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * One mapping of a YAML file. A getter that finds something wrong notes the mistake with its line and answers with a
 * default, so that reading goes on to the next mistake. One thread.
 */
final class YamlMap {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

    private final String what;
    private final int line;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Integer> lines = new LinkedHashMap<>();
    private final Mistakes mistakes;

    /** Reads a mapping; anything else is a mistake and counts as an empty one. {@code what} names it in sentences. */
    YamlMap(String what, Node node, Mistakes mistakes) {
        this.what = what;
        this.line = line(node);
        this.mistakes = mistakes;
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(this::keep);
        } else if (!isNothing(node)) {
            mistakes.add(line, what + " must be a mapping of keys to values");
        }
    }

    private void keep(NodeTuple entry) {
        String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
        if (values.put(key, entry.getValueNode()) != null) {
            mistakes.add(line(entry.getKeyNode()), key + " of " + what + " is given twice");
        }
        lines.put(key, line(entry.getKeyNode()));
    }

    /** Notes every key that is not among these. */
    YamlMap allow(String... known) {
        for (String key : values.keySet()) {
            if (!List.of(known).contains(key)) {
                mistakes.add(lineOf(key), what + " has no key " + key + Mistakes.nearest(key, List.of(known)));
            }
        }
        return this;
    }

    Optional<String> text(String key) {
        return value(key).flatMap(node -> scalar(key, node, "a string"));
    }

    String requiredText(String key) {
        require(key);
        return text(key).orElse("");
    }

    void require(String key) {
        if (value(key).isEmpty()) {
            mistakes.add(line, what + " needs the key " + key);
        }
    }

    int integer(String key, int otherwise, int least, int most) {
        Optional<String> text = value(key).flatMap(node -> scalar(key, node, "a whole number"));
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(text.get());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        wrong(key, "a whole number from " + least + " to " + most + ", not " + text.get());
        return otherwise;
    }

    Optional<Duration> duration(String key) {
        Optional<String> text = value(key).flatMap(node -> scalar(key, node, "a duration"));
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Matcher matcher = DURATION.matcher(text.get());
        if (!matcher.matches()) {
            wrong(key, "a duration as 500ms, 30s, 10m, 2h or 1d, not " + text.get());
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                });
    }

    List<String> strings(String key) {
        List<String> strings = new ArrayList<>();
        value(key).ifPresent(node -> {
            if (node instanceof SequenceNode sequence) {
                sequence.getValue()
                        .forEach(each -> scalar(key, each, "a list of strings").ifPresent(strings::add));
            } else {
                wrong(key, "a list of strings, as [a, b]");
            }
        });
        return strings;
    }

    Map<String, String> texts(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        value(key).ifPresent(node -> {
            YamlMap map = new YamlMap(key + " of " + what, node, mistakes);
            map.values.forEach(
                    (name, value) -> map.scalar(name, value, "a string").ifPresent(text -> texts.put(name, text)));
        });
        return texts;
    }

    /** The mappings under a key, by name, each read in turn. */
    <T> Map<String, T> each(String key, String singular, BiFunction<String, YamlMap, T> read) {
        Map<String, T> each = new LinkedHashMap<>();
        value(key).ifPresent(node -> {
            YamlMap map = new YamlMap(key, node, mistakes);
            map.values.forEach((name, value) ->
                    each.put(name, read.apply(name, new YamlMap(singular + " " + name, value, mistakes))));
        });
        return each;
    }

    void wrong(String key, String wanted) {
        mistakes.add(lineOf(key), key + " of " + what + " must be " + wanted);
    }

    void mistake(String key, String sentence) {
        mistakes.add(lineOf(key), sentence);
    }

    boolean has(String key) {
        return value(key).isPresent();
    }

    String what() {
        return what;
    }

    private int lineOf(String key) {
        return lines.getOrDefault(key, line);
    }

    private Optional<Node> value(String key) {
        return Optional.ofNullable(values.get(key)).filter(node -> !isNothing(node));
    }

    private Optional<String> scalar(String key, Node node, String wanted) {
        if (node instanceof ScalarNode scalar) {
            return Optional.of(scalar.getValue());
        }
        wrong(key, wanted);
        return Optional.empty();
    }

    private static boolean isNothing(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static int line(Node node) {
        return node.getStartMark() == null ? 1 : node.getStartMark().getLine() + 1;
    }
}
