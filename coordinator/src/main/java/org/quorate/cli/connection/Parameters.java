package org.quorate.cli.connection;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The named parameters of a statement. A value may be null. */
public final class Parameters {
    private Parameters() {}

    public static Map<String, @Nullable Object> of(String name, @Nullable Object value) {
        Map<String, @Nullable Object> parameters = new HashMap<>();
        parameters.put(name, value);
        return parameters;
    }

    /** Returns the parameters {@code name, value, name, value, …} */
    public static Map<String, @Nullable Object> of(@Nullable Object... pairs) {
        Map<String, @Nullable Object> parameters = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            parameters.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return parameters;
    }
}
