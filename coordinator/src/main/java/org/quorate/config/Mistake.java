package org.quorate.config;

/**
 * One thing that is wrong in a configuration.
 *
 * @param place {@code file:line:column}, or the environment variable that it came from
 * @param key the full path of the key, empty when the document as a whole is meant
 * @param what what is wrong and how to mend it; never the content of a secret
 */
public record Mistake(String place, String key, String what) {
    @Override
    public String toString() {
        return place + ": " + (key.isEmpty() ? "" : key + ": ") + what;
    }
}
