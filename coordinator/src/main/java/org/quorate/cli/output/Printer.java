package org.quorate.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints the same facts as a table or as one JSON document, which is then all that is on standard output. */
public final class Printer {
    private static final String API_VERSION = "quorate/v1";

    /** The width of the smallest terminal that the output is made for. */
    private static final int LINE = 80;

    private final Console console;
    private final OutputOptions outputOptions;
    private final boolean colours;

    public Printer(Console console, OutputOptions outputOptions, boolean colours) {
        this.console = console;
        this.outputOptions = outputOptions;
        this.colours = colours;
    }

    public boolean isJson() {
        return outputOptions.isJson();
    }

    /** Prints a list; in JSON {@code {"apiVersion", "kind", "items"}}. */
    public void list(String kind, Table table, List<Row> rows, Instant now) {
        if (outputOptions.isJson()) {
            ObjectNode document = document(kind);
            ArrayNode items = document.putArray("items");
            rows.forEach(row -> items.add(node(row)));
            print(document);
        } else {
            table(table, rows, now);
        }
    }

    public void table(Table table, List<Row> rows, Instant now) {
        List<String> lines = table.lines(rows, outputOptions.isWide(), now);
        line(colours ? "\u001b[1m" + lines.get(0) + "\u001b[0m" : lines.get(0));
        lines.stream().skip(1).forEach(this::line);
    }

    public void line(String text) {
        console.out().println(text);
    }

    /** Prints a sentence, in red if it is alarming and the terminal shows colours; a terminal gets whole words. */
    public void sentence(String text, boolean alarming) {
        String shown = console.terminal() ? Text.wrapped(text, LINE, "    ") : text;
        line(alarming ? alarming(shown) : shown);
    }

    /** Returns the text in red if the terminal shows colours. */
    public String alarming(String text) {
        return colours ? "\u001b[1;31m" + text + "\u001b[0m" : text;
    }

    /** Prints a step of a plan or of progress; with JSON to standard error, so that the document stays whole. */
    public void remark(String text) {
        if (outputOptions.isJson()) {
            console.err().println(Text.printable(text));
            console.err().flush();
        } else {
            line(Text.printable(text));
        }
    }

    public ObjectNode document(String kind) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("apiVersion", API_VERSION);
        document.put("kind", kind);
        return document;
    }

    public void print(ObjectNode document) {
        try {
            console.out().println(Mapper.PRETTY.writeValueAsString(document));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    public static ObjectNode node(Row row) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        row.values().forEach((name, value) -> node.set(name, node(value)));
        return node;
    }

    private static JsonNode node(@Nullable Object value) {
        if (value instanceof Row.Json json) {
            return parsed(json.text());
        }
        if (value instanceof Instant time) {
            return JsonNodeFactory.instance.textNode(time.toString());
        }
        return Mapper.PRETTY.valueToTree(value);
    }

    private static JsonNode parsed(String json) {
        try {
            return Mapper.PRETTY.readTree(json);
        } catch (JsonProcessingException e) {
            return JsonNodeFactory.instance.textNode(json);
        }
    }

    /** Loaded only when JSON is printed, since it takes a while to load. */
    private static final class Mapper {
        static final ObjectMapper PRETTY = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    }
}
