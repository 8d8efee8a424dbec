package org.quorate.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Limits on the files of the source tree, in every language. */
class SourcesTest {
    private static final int COLUMNS_MAX = 120;
    private static final int LINES_MAX = 250;
    private static final Path TREE = Path.of("..").toAbsolutePath().normalize();
    private static final Set<String> ENDINGS = Set.of("java", "sql", "py", "md", "sh", "yaml", "cfg", "pml", "c");
    private static final Set<String> NOT_OURS = Set.of("target", ".git", "node_modules", "__pycache__");
    /** Files of other projects, which are kept as they are. */
    private static final Pattern QUOTED = Pattern.compile("buildbot-[0-9].*\\.sql");

    private static final String TEXT_BLOCK = "\"\"\"";
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL);

    @Test
    void no_line_is_longer_than_120_columns_so_that_two_files_fit_side_by_side() throws IOException {
        List<String> longer = new ArrayList<>();
        for (Path file : sources()) {
            boolean isMarkdown = file.toString().endsWith(".md");
            boolean isJava = file.toString().endsWith(".java");
            boolean isQuoted = false;
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                isQuoted ^= isMarkdown && line.startsWith("```");
                isQuoted ^= isJava && line.split(TEXT_BLOCK, -1).length % 2 == 0;
                boolean isData = isQuoted || isMarkdown && isOneLine(line);
                if (line.codePointCount(0, line.length()) > COLUMNS_MAX && !isData) {
                    longer.add(TREE.relativize(file) + ":" + (i + 1));
                }
            }
        }

        assertThat(longer).isEmpty();
    }

    /** Returns whether Markdown cannot break this line: a row of a table, or a link. */
    private static boolean isOneLine(String line) {
        return line.startsWith("|") || line.strip().lastIndexOf(' ', COLUMNS_MAX) < COLUMNS_MAX / 2;
    }

    @Test
    void no_file_of_the_program_has_more_than_250_lines_of_code_so_that_it_shows_one_idea() throws IOException {
        List<String> longer = new ArrayList<>();
        for (Path file : sources()) {
            if (file.toString().endsWith(".java") && file.toString().contains("/src/main/")) {
                long lines = COMMENT.matcher(Files.readString(file))
                        .replaceAll("")
                        .lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("//"))
                        .filter(line -> !line.startsWith("import ") && !line.startsWith("package "))
                        .count();
                if (lines > LINES_MAX) {
                    longer.add(TREE.relativize(file) + ": " + lines);
                }
            }
        }

        assertThat(longer).isEmpty();
    }

    private static List<Path> sources() throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(TREE, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_OURS.contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = file.getFileName().toString();
                if (ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1))
                        && !QUOTED.matcher(name).matches()) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        assertThat(found).as("sources below " + TREE).hasSizeGreaterThan(500);
        return found;
    }
}
