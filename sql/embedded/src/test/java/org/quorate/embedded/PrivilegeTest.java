package org.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL refuses root; these are the ways around it. An ordinary user has one, and it is what all other tests take.
 */
class PrivilegeTest {
    @BeforeEach
    void as_root() {
        assumeTrue(Privilege.isRoot(), "only root has a choice");
    }

    @Test
    void root_runs_it_in_a_user_namespace() throws Exception {
        Optional<Privilege> namespace = Privilege.ownNamespace();
        assumeTrue(namespace.isPresent(), "no user namespaces here");

        serves(namespace.get());
    }

    @Test
    void root_runs_it_as_another_account() throws Exception {
        Optional<Privilege> account = Privilege.otherAccount();
        assumeTrue(account.isPresent(), "no change of user here");

        serves(account.get());
    }

    @Test
    void an_ordinary_user_runs_postgresql_as_itself() throws Exception {
        Optional<Privilege.Account> account = Privilege.otherAccount().flatMap(Privilege::account);
        assumeTrue(account.isPresent(), "no change of user here");
        Path folder = Files.createTempDirectory("quorate-test-");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

        Process child = Child.start(
                folder,
                readableClassPath(Files.createDirectory(folder.resolve("classes"))),
                List.of(
                        "setpriv",
                        "--reuid=" + account.get().uid(),
                        "--regid=" + account.get().gid(),
                        "--clear-groups",
                        "env",
                        "HOME=" + folder));
        try {
            ProcessHandle postgres = Child.postgres(child, folder);

            assertThat(Files.getAttribute(Path.of("/proc/" + postgres.pid()), "unix:uid"))
                    .isEqualTo(account.get().uid());
        } finally {
            child.destroy();
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            Folders.delete(folder);
        }
    }

    private static void serves(Privilege privilege) throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                .privilege(privilege)
                .setting("fsync", "off")
                .start()) {
            assertThat(EmbeddedPostgresTest.ask(postgres, "select 42")).isEqualTo("42");
        }
    }

    /** Another account cannot look into root's home, so the class path is copied. */
    private static String readableClassPath(Path into) throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path source = Path.of(entry);
            if (Files.exists(source)) {
                Path copy = into.resolve(copies.size() + "-" + source.getFileName());
                copyAll(source, copy);
                copies.add(copy.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copyAll(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, target.resolve(source.relativize(file).toString()));
            }
        }
    }
}
