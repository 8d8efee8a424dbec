package org.quorate.config;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The name of an entry of the document's named sections, whose entries may themselves hold mistakes.
 *
 * @param sections the path of the named sections
 * @param chain the key by which one section names another, if these names must not form a circle; else empty
 */
record Reference(String sections, String chain) implements Kind<String> {
    @Override
    public String type() {
        return "name of " + sections;
    }

    @Override
    public Optional<String> read(Node node, String key, Reading reading) {
        Map<String, Node> known = reading.entries(sections);
        return new Scalars.Scalar<>(type(), "", "", name -> known(name, key, known), name -> name)
                .read(node, key, reading);
    }

    private String known(String name, String key, Map<String, Node> known) throws Unreadable {
        if (!known.containsKey(name)) {
            throw new Unreadable("is not one of " + sections + ": " + Guess.among(name, known.keySet()));
        }
        if (!chain.isEmpty()) {
            String own = key.substring(sections.length() + 1, key.length() - chain.length() - 1);
            Set<String> passed = new HashSet<>();
            for (String next = name; passed.add(next); next = successor(next, known)) {
                if (next.equals(own)) {
                    throw new Unreadable("leads back to " + own + ": name one that does not come after it");
                }
            }
        }
        return name;
    }

    /** Returns the name that the entry's chain key holds; the entry's own name if the chain ends there. */
    private String successor(String name, Map<String, Node> known) {
        return known.get(name) instanceof Node.Mapping entry && entry.entries().get(chain) instanceof Node.Scalar next
                ? next.text()
                : name;
    }

    @Override
    public String show(String value) {
        return Effective.scalar(value);
    }
}
