package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks that the README of each module lists what the module consists of. */
class ReadmesTest {
    @ParameterizedTest
    @ValueSource(strings = {"coordinator", "master-agent"})
    void the_readme_of_a_module_lists_each_of_its_packages(String module) throws IOException {
        Path sources = Documented.ROOT.resolve(module).resolve("src/main/java");
        List<String> packages = names(sources, "package-info.java").stream()
                .map(file -> file.replaceFirst("/package-info\\.java$", "").replace('/', '.'))
                .toList();
        String readme = Documented.text(module + "/README.md");

        assertThat(packages)
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(readme)
                        .containsAnyOf("`" + name + "`", "`" + name.substring(name.lastIndexOf('.')) + "`"));
    }

    @Test
    void the_readme_of_the_plugin_lists_each_of_its_modules() throws IOException {
        Path sources = Documented.ROOT.resolve("deploy/buildbot-plugin/buildbot_quorate");
        List<String> modules = names(sources, ".py").stream()
                .filter(name -> !name.equals("__init__.py"))
                .toList();
        String readme = Documented.text("deploy/buildbot-plugin/README.md");

        assertThat(modules)
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(readme).contains("| `" + name + "` |"));
    }

    /** Returns the paths below {@code folder} that end with {@code end}, relative to it. */
    private static List<String> names(Path folder, String end) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(file -> folder.relativize(file).toString())
                    .filter(name -> name.endsWith(end))
                    .sorted()
                    .toList();
        }
    }
}
