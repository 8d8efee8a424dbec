package org.quorate.config;

/**
 * One mistake in a configuration.
 *
 * @param place {@code file:line:column}, or the environment variable that holds the value
 * @param key the full path of the key; empty for the document as a whole
 * @param what what is wrong and how to correct it; never the content of a secret
 */
public record Mistake(String place, String key, String what) {
    @Override
    public String toString() {
        return place + ": " + (key.isEmpty() ? "" : key + ": ") + what;
    }
}
