package org.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {
    @TempDir
    Path folder;

    @Test
    void a_secret_that_was_replaced_in_its_file_is_read_again_and_kept_while_the_file_cannot_be_read()
            throws Exception {
        Path file = folder.resolve("password");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, "old\n");
        Secret secret = SecretFile.read(file.toString());

        Files.writeString(file, "new\n");
        Secret replaced = secret.current();
        Files.delete(file);

        assertThat(replaced.reveal()).isEqualTo("new");
        assertThat(replaced.current()).isEqualTo(replaced);
    }
}
