package org.quorate.cli.doctor;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.output.Row;

/**
 * The result of one check.
 *
 * @param fix how to mend it; empty: nothing has to be done
 */
record Finding(String check, Result result, String detail, String fix) {
    /** The results, from good to bad. */
    enum Result {
        OK("ok"),
        NOTE("note"),
        WARN("WARN"),
        FAIL("FAIL");

        private final String word;

        Result(String word) {
            this.word = word;
        }
    }

    static Finding ok(String check, String detail) {
        return new Finding(check, Result.OK, detail, "");
    }

    static Finding of(boolean good, Result otherwise, String check, String detail, String fix) {
        return good ? ok(check, detail) : new Finding(check, otherwise, detail, fix);
    }

    Row row() {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put("check", check);
        values.put("result", result.word);
        values.put("detail", detail);
        values.put("fix", fix);
        return new Row(values);
    }
}
