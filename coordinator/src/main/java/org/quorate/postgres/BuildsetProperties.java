package org.quorate.postgres;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The properties of a buildset as one JSON object, name to value. Buildbot keeps each as the text of a JSON array of value and
 * source, and writes what is no JSON (Infinity, NaN) or what the link does not carry (a number of a hundred digits). Such a
 * property is left out with a reason; it never costs the buildrequest, nor the turn that claims it.
 *
 * @param json one JSON object
 * @param leftOut a sentence for each property that is not in it
 */
record BuildsetProperties(String json, List<String> leftOut) {
    private static final int LONGEST_SHOWN = 60;

    /** Bounds within those of the link, which carries a value deeper in its message and may write a number a little longer. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(33)
                            .maxNumberLength(32)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    static BuildsetProperties of(List<String> names, List<String> values) {
        ObjectNode json = JSON.createObjectNode();
        List<String> leftOut = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            try {
                JsonNode pair = JSON.readTree(values.get(i));
                if (pair.isArray() && !pair.isEmpty()) {
                    json.set(names.get(i), pair.get(0));
                } else {
                    leftOut.add(shown(names.get(i)) + " (it is no array of value and source)");
                }
            } catch (JsonProcessingException e) {
                leftOut.add(shown(names.get(i)) + " (" + shown(e.getOriginalMessage()) + ")");
            } catch (NumberFormatException e) { // Jackson's own, for an exponent of eleven digits
                leftOut.add(shown(names.get(i)) + " (" + shown(String.valueOf(e.getMessage())) + ")");
            }
        }
        return new BuildsetProperties(json.toString(), List.copyOf(leftOut));
    }

    /** Fit for a line of a log, whatever was stored. */
    private static String shown(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\p{Cs}]", "?");
        return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN) + "…";
    }
}
