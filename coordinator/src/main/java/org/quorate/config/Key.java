package org.quorate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One key of a configuration file, declared as data: its path, type, bounds and default, its purpose and its danger. A
 * key is required unless it has a default or is optional. Immutable.
 *
 * @param <T> the type that {@link Values#get} returns for it
 */
public final class Key<T> {
    private final String path;
    private final Kind<T> kind;
    private final Presence presence;
    private final String otherwise;
    private final String meaning;
    private final String danger;
    private final boolean verbatim;

    private enum Presence {
        REQUIRED,
        DEFAULT,
        OPTIONAL
    }

    /** Parses a value from text, for types of the caller. */
    @FunctionalInterface
    public interface Parse<T> {
        T parse(String text) throws Unreadable;
    }

    private Key(
            String path,
            Kind<T> kind,
            Presence presence,
            String otherwise,
            String meaning,
            String danger,
            boolean verbatim) {
        this.path = path;
        this.kind = kind;
        this.presence = presence;
        this.otherwise = otherwise;
        this.meaning = meaning;
        this.danger = danger;
        this.verbatim = verbatim;
    }

    private static <T> Key<T> of(String path, Kind<T> kind) {
        return new Key<>(path, kind, Presence.REQUIRED, "", "", "", kind.nested());
    }

    /** A key for text that is not blank. */
    public static Key<String> text(String path) {
        return of(path, Scalars.text());
    }

    /** A key for a scalar of the caller's own type; its {@code toString} shows it. */
    public static <T> Key<T> scalar(String path, String type, Parse<T> parse) {
        return of(path, new Scalars.Scalar<>(type, "", "", parse, String::valueOf));
    }

    /** A key for a duration with its unit, between bounds that are written in the same way. */
    public static Key<Duration> duration(String path, String least, String most) {
        return of(path, Scalars.duration(least, most));
    }

    /** A key for a whole number between bounds; {@code unit} is a plural ("days") or empty. */
    public static Key<Integer> integer(String path, int least, int most, String unit) {
        return of(path, Scalars.integer(least, most, unit));
    }

    public static Key<Boolean> flag(String path) {
        return of(path, Scalars.flag());
    }

    public static Key<HostPort> hostPort(String path) {
        return of(path, Scalars.hostPort());
    }

    public static Key<Path> path(String path) {
        return of(path, Scalars.path());
    }

    /** A key for one of an enum's constants, written in lower case with dashes. */
    public static <E extends Enum<E>> Key<E> choice(String path, Class<E> type) {
        return of(path, Scalars.choice(type));
    }

    /** A key for the path of a file that holds a secret. By convention its name ends in {@code _file}. */
    public static Key<Secret> secretFile(String path) {
        return of(path, new Scalars.Scalar<>("path of a secret", "", "", SecretFile::read, Secret::toString));
    }

    public static Key<List<String>> textList(String path) {
        return of(path, new Compounds.ListOf<>("list of text", Scalars.text()));
    }

    /** As {@link #textList}, for texts that may be blank. */
    public static Key<List<String>> anyTextList(String path) {
        return of(path, new Compounds.ListOf<>("list of text", anyText(text -> text)));
    }

    /** A key for a map from free names to texts that may be empty. */
    public static Key<Map<String, String>> textMap(String path) {
        return of(path, new Compounds.MapOf<>("names with text", name -> name, anyText(text -> text)));
    }

    /** As {@link #textMap}, for values that must not be shown. */
    public static Key<Map<String, Secret>> secretMap(String path) {
        return secretMap(path, name -> name);
    }

    /** As {@link #secretMap(String)}, with names of the caller's own form. */
    public static Key<Map<String, Secret>> secretMap(String path, Parse<String> name) {
        return of(path, new Compounds.MapOf<>("names with text", name, anyText(Secret::new)));
    }

    /** A key for sections with free names, each with the same keys. */
    public static Key<Map<String, Values>> namedSections(String path, Keys keys) {
        return namedSections(path, name -> name, keys);
    }

    /** As {@link #namedSections(String, Keys)}, with names of the caller's own form. */
    public static Key<Map<String, Values>> namedSections(String path, Parse<String> name, Keys keys) {
        return of(path, new Compounds.MapOf<>("sections by name", name, new Compounds.Section(keys)));
    }

    /** A key for a list of names, each of an entry of the document's named sections {@code sections}. */
    public static Key<List<String>> referenceList(String path, String sections) {
        return of(path, new Compounds.ListOf<>("names of " + sections, new Reference(sections, "")));
    }

    /**
     * A key inside each of the named sections {@code sections}: the name of its predecessor, or none. A circle is
     * rejected.
     */
    public static Key<String> predecessor(String path, String sections) {
        return of(path, new Reference(sections, path)).optional();
    }

    private static <T> Kind<T> anyText(Parse<T> parse) {
        return new Scalars.Scalar<>("text", "", "", parse, String::valueOf);
    }

    /** Sets the default, as it would be written in the file; a list or map as YAML on one line. */
    public Key<T> otherwise(String value) {
        return new Key<>(path, kind, Presence.DEFAULT, value, meaning, danger, verbatim);
    }

    /** Makes the key optional: without a value, {@link Values#find} returns empty. */
    public Key<T> optional() {
        return new Key<>(path, kind, Presence.OPTIONAL, "", meaning, danger, verbatim);
    }

    /** Sets its purpose: a short sentence for the reference table. */
    public Key<T> describedAs(String sentence) {
        return new Key<>(path, kind, presence, otherwise, sentence, danger, verbatim);
    }

    /** Sets its danger: what goes wrong when it is set badly. */
    public Key<T> danger(String sentence) {
        return new Key<>(path, kind, presence, otherwise, meaning, sentence, verbatim);
    }

    /** Keeps <code>${…}</code> in its value unexpanded, for a text that a shell expands later. */
    public Key<T> verbatim() {
        return new Key<>(path, kind, presence, otherwise, meaning, danger, true);
    }

    /** Returns its names from the root, joined by dots. */
    public String path() {
        return path;
    }

    Kind<T> kind() {
        return kind;
    }

    boolean required() {
        return presence == Presence.REQUIRED;
    }

    boolean isVerbatim() {
        return verbatim;
    }

    /** Returns the default as written; empty if there is none. */
    Optional<String> defaultText() {
        return presence == Presence.DEFAULT ? Optional.of(otherwise) : Optional.empty();
    }

    String meaning() {
        return meaning;
    }

    String danger() {
        return danger;
    }

    @Override
    public String toString() {
        return path;
    }
}
