package org.quorate.agent.shell;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.quorate.claim.Claim;

/** The environment variables that a build gets in addition to those of the buildmaster. Pure. */
final class BuildEnvironment {
    private static final JsonMapper JSON = new JsonMapper();

    private static final Pattern AUTHORITY = Pattern.compile(
            "(-c idle_in_transaction_session_timeout=[0-9]+ -c lock_timeout=[0-9]+ -c application_name=[a-z0-9:-]+ )?"
                    + "-c quorate\\.(masterid|epoch|database)=[0-9a-f-]+ ?");

    private BuildEnvironment() {}

    /** Returns the builder's own entries, Quorate's entries, and each property as {@code PROP_<NAME>}. */
    static Map<String, String> of(Claim claim, long epoch, Map<String, String> builders) {
        Map<String, String> environment = new LinkedHashMap<>(builders);
        properties(claim.properties()).forEach((name, value) -> environment.put(variable(name), value));
        environment.put("QUORATE_BRID", Integer.toString(claim.brid()));
        environment.put("QUORATE_ATTEMPT", claim.attempt().token().toString());
        environment.put("QUORATE_EPOCH", Long.toString(epoch));
        environment.put("QUORATE_BUILDER", claim.builder());
        environment.put("QUORATE_PROPERTIES", claim.properties());
        environment.values().removeIf(value -> value.indexOf('\0') >= 0);
        return environment;
    }

    /**
     * Returns the session options without the buildmaster's authority: a build's own database sessions must not carry
     * it.
     */
    static String ofNobody(String sessionOptions) {
        return AUTHORITY.matcher(sessionOptions).replaceAll("").strip();
    }

    /** Returns the entries by which all processes of a build are found, also those that left its group. */
    static Set<String> marks(Claim claim) {
        return Set.of(
                "QUORATE_BRID=" + claim.brid(),
                "QUORATE_ATTEMPT=" + claim.attempt().token());
    }

    private static String variable(String property) {
        return "PROP_" + property.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9_]", "_");
    }

    private static Map<String, String> properties(String json) {
        Map<String, String> values = new LinkedHashMap<>();
        try {
            JsonNode properties = JSON.readTree(json);
            properties
                    .properties()
                    .forEach(each -> values.put(
                            each.getKey(),
                            each.getValue().isTextual()
                                    ? each.getValue().asText()
                                    : each.getValue().toString()));
        } catch (JsonProcessingException e) {
            values.clear(); // the link carries objects only
        }
        return values;
    }
}
