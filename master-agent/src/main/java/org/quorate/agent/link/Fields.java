package org.quorate.agent.link;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * The fields of one JSON object, read strictly: a field that is missing or of the wrong kind is rejected with a
 * sentence that names it. Unknown fields are ignored, so that a later version may add some.
 */
public final class Fields {
    private static final int LONGEST_NAME = 255;

    private final String of;
    private final JsonNode json;

    private Fields(String of, JsonNode json) {
        this.of = of;
        this.json = json;
    }

    /** Begins to read an object; {@code of} names it in error messages, as {@code claim}. */
    public static Fields of(String of, JsonNode json) {
        if (!json.isObject()) {
            throw LinkError.badParams(of + " must be an object");
        }
        return new Fields(of, json);
    }

    /** Returns a string of one line, which can be shown and logged. */
    public String text(String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual() || value.asText().chars().anyMatch(Character::isISOControl)) {
            throw wrong(field, "a string without control characters");
        }
        return value.asText();
    }

    /** Returns a string of 1 to 255 characters. */
    public String name(String field) {
        String value = text(field);
        if (!isName(value)) {
            throw wrong(field, "a string of 1 to " + LONGEST_NAME + " characters");
        }
        return value;
    }

    private static boolean isName(String value) {
        return !value.isBlank()
                && value.length() <= LONGEST_NAME
                && value.chars().noneMatch(Character::isISOControl);
    }

    public Optional<String> optionalName(String field) {
        return has(field) ? Optional.of(name(field)) : Optional.empty();
    }

    /** Returns whether an optional field is present; null counts as missing. */
    public boolean has(String field) {
        return json.hasNonNull(field);
    }

    public int integer(String field, int least, int most) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < least || value.asInt() > most) {
            throw wrong(field, "a whole number from " + least + " to " + most);
        }
        return value.asInt();
    }

    public long number(String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(field, "a whole number of 64 bits");
        }
        return value.asLong();
    }

    public boolean yes(String field) {
        if (!json.path(field).isBoolean()) {
            throw wrong(field, "true or false");
        }
        return json.path(field).asBoolean();
    }

    public UUID uuid(String field) {
        try {
            return UUID.fromString(text(field));
        } catch (IllegalArgumentException e) {
            throw wrong(field, "a UUID");
        }
    }

    /** Returns an object as JSON text. */
    public String object(String field) {
        return fields(field).json.toString();
    }

    public Fields fields(String field) {
        if (!json.path(field).isObject()) {
            throw wrong(field, "an object");
        }
        return new Fields(of + "." + field, json.path(field));
    }

    public List<String> names() {
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        return names;
    }

    public <T> List<T> list(String field, Function<Fields, T> each) {
        List<T> list = new ArrayList<>();
        for (JsonNode element : array(field)) {
            list.add(each.apply(of(of + "." + field + "[" + list.size() + "]", element)));
        }
        return list;
    }

    public List<String> strings(String field) {
        List<String> list = new ArrayList<>();
        for (JsonNode element : array(field)) {
            if (!element.isTextual()) {
                throw wrong(field, "an array of strings");
            }
            list.add(element.asText());
        }
        return list;
    }

    /** Returns an array as JSON text: one line of ASCII, with every digit that was received. */
    public String arrayText(String field) {
        return Message.text(array(field));
    }

    /** Throws {@link LinkError} if the field is not an array of arrays of strings. */
    public void requirePaths(String field) {
        for (JsonNode path : array(field)) {
            boolean words = path.isArray();
            for (JsonNode word : path) {
                words &= word.isTextual();
            }
            if (!words) {
                throw wrong(field, "an array of arrays of strings");
            }
        }
    }

    /** Returns strings of 1 to 255 characters without control characters. */
    public List<String> listOfNames(String field) {
        List<String> list = strings(field);
        if (list.stream().anyMatch(name -> !isName(name))) {
            throw wrong(field, "an array of strings of 1 to " + LONGEST_NAME + " characters");
        }
        return list;
    }

    public List<Integer> integers(String field) {
        List<Integer> list = new ArrayList<>();
        for (JsonNode element : array(field)) {
            if (!element.isIntegralNumber() || !element.canConvertToInt()) {
                throw wrong(field, "an array of whole numbers");
            }
            list.add(element.asInt());
        }
        return list;
    }

    private JsonNode array(String field) {
        JsonNode value = json.path(field);
        if (!value.isArray()) {
            throw wrong(field, "an array");
        }
        return value;
    }

    private LinkError wrong(String field, String wanted) {
        JsonNode value = json.path(field);
        String found = value.isMissingNode() ? "it is missing" : "found " + abbreviated(value.toString());
        return LinkError.badParams("\"" + field + "\" of " + of + " must be " + wanted + "; " + found);
    }

    private static String abbreviated(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
