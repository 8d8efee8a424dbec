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
 * The properties of a buildset as one JSON object, name to value. Buildbot stores each property as the text of a JSON
 * array of value and source. It may store text that is not JSON (Infinity, NaN), or a value that the link cannot carry
 * (a number of a hundred digits). Such a property is left out, with a reason; it never fails the buildrequest or the
 * turn that claims it.
 *
 * @param json one JSON object
 * @param leftOut a sentence for each property that was left out
 */
record BuildsetProperties(String json, List<String> leftOut) {
    private static final int LONGEST_SHOWN = 60;

    /**
     * These bounds are tighter than those of the link, where the value lies deeper in the message and a number may be
     * written a little longer.
     */
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
                    leftOut.add(shown(names.get(i)) + " (it is not an array of value and source)");
                }
            } catch (JsonProcessingException e) {
                leftOut.add(shown(names.get(i)) + " (" + shown(e.getOriginalMessage()) + ")");
            } catch (NumberFormatException e) { // thrown by Jackson for an exponent of eleven digits
                leftOut.add(shown(names.get(i)) + " (" + shown(String.valueOf(e.getMessage())) + ")");
            }
        }
        return new BuildsetProperties(json.toString(), List.copyOf(leftOut));
    }

    /** Makes any stored text fit for one line of a log. */
    private static String shown(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\p{Cs}]", "?");
        return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN) + "…";
    }
}
