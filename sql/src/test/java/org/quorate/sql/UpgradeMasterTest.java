package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** The installed Buildbot's own {@code upgrade-master}, before and after an adoption. */
@Tag("buildbot")
class UpgradeMasterTest {
    @TempDir
    Path folder;

    private DataSource database;

    @BeforeEach
    void given_an_empty_database_and_a_master_that_is_not_set_up() throws Exception {
        database = Server.emptyDatabase();
        PGSimpleDataSource address = (PGSimpleDataSource) database;
        Files.writeString(
                folder.resolve("buildbot.tac"),
                "from twisted.application import service\napplication = service.Application('buildmaster')\n");
        Files.writeString(folder.resolve("master.cfg"), """
                c = BuildmasterConfig = {}
                c['db'] = {'db_url': 'postgresql+psycopg2://%s:%s@127.0.0.1:%d/%s'}
                c['buildbotNetUsageData'] = None
                c['multiMaster'] = True
                """.formatted(
                address.getUser(), address.getPassword(), address.getPortNumbers()[0], address.getDatabaseName()));
    }

    @AfterEach
    void drop() throws Exception {
        Server.drop(database);
    }

    @Test
    void the_tables_in_the_resource_are_those_that_buildbot_makes() throws Exception {
        upgradeMaster();
        DataSource resource = Server.buildbotDatabase();

        assertThat(Listing.of(database)).isEqualTo(Listing.of(resource));
        Server.drop(resource);
    }

    @Test
    void an_adopted_database_is_upgraded_and_an_upgraded_one_adopted() throws Exception {
        upgradeMaster();
        List<String> buildbots = Listing.of(database);
        Schema.of(database).adopt("blue", true);
        List<String> adopted = Listing.of(database);

        upgradeMaster();

        assertThat(Listing.of(database)).isEqualTo(adopted);
        assertThat(Schema.of(database).planAdoption("blue", true)).isEmpty();
        Schema.of(database).leave("a test");
        assertThat(Listing.of(database)).isEqualTo(buildbots);
        upgradeMaster();
        assertThat(Listing.of(database)).isEqualTo(buildbots);
    }

    private void upgradeMaster() throws IOException, InterruptedException {
        Path log = folder.resolve("upgrade.log");
        Process process = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        "from buildbot.scripts.runner import run; run()",
                        "upgrade-master",
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        assertThat(Files.readString(log)).contains("upgrade complete");
    }
}
