package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The migrations that create the schema of the first release. A reader finds each object once, in its final form. Later
 * migrations may replace what these create.
 */
class MigrationFilesTest {
    private static final int LAST_OF_THE_FIRST_RELEASE = 27;
    private static final Path FOLDER = Path.of("src/main/resources/migrations/quorate");
    private static final Pattern VERSION = Pattern.compile("V(\\d+)__[a-z_]+\\.sql");

    /** Objects at the beginning of a line, so that the bodies of functions do not count. */
    private static final Pattern CREATED = Pattern.compile(
            "^create (?:or replace )?(?:constraint )?(schema|table|view|function|index) ([\\w.]+)", Pattern.MULTILINE);

    private static final Pattern TRIGGER =
            Pattern.compile("^create (?:constraint )?trigger (\\w+) [^;]*? on ([\\w.]+)", Pattern.MULTILINE);

    /** A row of the list of triggers that {@code quorate.guard} creates. */
    private static final Pattern GUARD = Pattern.compile("^ +\\('(\\w+)', '(quorate_\\w+)'", Pattern.MULTILINE);

    private static final Pattern CHANGED =
            Pattern.compile("^(create or replace|alter|drop) [^\\n]*", Pattern.MULTILINE);

    @Test
    void each_object_is_created_in_one_place_only() throws IOException {
        Map<String, List<String>> places = new TreeMap<>();

        for (Path file : firstRelease()) {
            for (String object : objects(Files.readString(file))) {
                places.computeIfAbsent(object, o -> new ArrayList<>())
                        .add(file.getFileName().toString());
            }
        }

        assertThat(places).hasSizeGreaterThan(120);
        assertThat(places.entrySet())
                .filteredOn(place -> place.getValue().size() > 1)
                .isEmpty();
    }

    @Test
    void no_migration_of_the_first_release_changes_an_object_of_another() throws IOException {
        List<String> changes = new ArrayList<>();

        for (Path file : firstRelease()) {
            CHANGED.matcher(Files.readString(file))
                    .results()
                    .map(change -> file.getFileName() + ": " + change.group())
                    .forEach(changes::add);
        }

        assertThat(changes).isEmpty();
    }

    @Test
    void the_readme_lists_every_migration() throws IOException {
        List<String> listed = VERSION.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(MatchResult::group)
                .toList();

        assertThat(listed)
                .containsExactlyElementsOf(files().stream()
                        .map(file -> file.getFileName().toString())
                        .toList());
    }

    private static List<String> objects(String text) {
        List<String> objects = new ArrayList<>();
        CREATED.matcher(text).results().map(m -> m.group(1) + " " + m.group(2)).forEach(objects::add);
        TRIGGER.matcher(text)
                .results()
                .map(m -> "trigger " + m.group(1) + " on " + m.group(2))
                .forEach(objects::add);
        GUARD.matcher(text)
                .results()
                .map(m -> "trigger " + m.group(2) + " on " + m.group(1))
                .forEach(objects::add);
        return objects;
    }

    private static List<Path> firstRelease() throws IOException {
        return files().stream()
                .filter(file -> version(file) <= LAST_OF_THE_FIRST_RELEASE)
                .toList();
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.sorted(Comparator.comparingInt(MigrationFilesTest::version))
                    .toList();
        }
    }

    private static int version(Path file) {
        Matcher name = VERSION.matcher(file.getFileName().toString());
        assertThat(name.matches()).as(file.toString()).isTrue();
        return Integer.parseInt(name.group(1));
    }
}
