package org.quorate.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.embedded.Ports;
import org.quorate.testing.FaultProxy;

/**
 * The PostgreSQL of a site; where the profile wants it with a standby, which replaces it when it is lost and gets a
 * standby of its own. The stream between the two can stand still. One thread at a time, but for what is asked.
 */
final class Postgres implements AutoCloseable {
    static final String DATABASE = "postgres";

    private static final int PATIENCE_SECONDS = 120;

    private final Path directory;
    private final Profile profile;
    private volatile Server primary;
    private @Nullable Server standby;
    private @Nullable FaultProxy stream;
    private @Nullable SmallDisk disk;
    private int servers;

    /** @param folder with its data, its password and its log */
    private record Server(EmbeddedPostgres process, Path folder) {}

    private Postgres(Path directory, Profile profile) {
        this.directory = directory;
        this.profile = profile;
        Path folder = nextFolder();
        this.primary = new Server(settings(folder).start(), folder);
    }

    static Postgres start(Path directory, Profile profile) throws IOException, SQLException {
        Postgres postgres = new Postgres(directory, profile);
        if (profile.hasStandby()) {
            postgres.addStandby();
        }
        return postgres;
    }

    private Path nextFolder() {
        servers++;
        return directory.resolve(servers == 1 ? "pg" : "pg" + servers);
    }

    private EmbeddedPostgres.Builder settings(Path folder) {
        return EmbeddedPostgres.builder()
                .dataDirectory(folder)
                .keepData(true)
                .port(Ports.free())
                // processes are killed here, machines are not
                .setting("fsync", "off")
                .setting("max_connections", "200")
                .setting("wal_keep_size", "64MB")
                .setting("log_line_prefix", "%m [%p] %a ");
    }

    /** The server that takes writes now. */
    EmbeddedPostgres primary() {
        return primary.process;
    }

    /** @param patience how long a question is asked again while there is no server */
    Ledger ledger(Duration patience) {
        return new Ledger(
                () -> primary().jdbcUrl(DATABASE), primary().user(), primary().password(), patience);
    }

    /** To all processes of the primary, or to the one that takes connections. */
    void signal(String name, boolean all) {
        if (primary().isRunning()) {
            long pid = primary().pid();
            List<Long> pids = new ArrayList<>(List.of(pid));
            if (all) {
                ProcessHandle.of(pid).stream()
                        .flatMap(ProcessHandle::descendants)
                        .forEach(child -> pids.add(child.pid()));
            }
            Signal.send(name, pids);
        }
    }

    /** Its standby hears nothing for so long, and then the primary and its data are gone. */
    void lose(Duration lag) throws IOException {
        FaultProxy broken = Objects.requireNonNull(stream, "there is no standby");
        broken.standStill(true);
        Pause.millis(lag.toMillis());
        signal("KILL", true);
        broken.refuse(true);
        broken.cut();
        broken.close();
        primary().close();
        Folder.delete(primary.folder);
    }

    /** The standby of what was lost takes its place. */
    void promote() throws SQLException {
        Server heir = Objects.requireNonNull(standby, "there is no standby");
        standby = null;
        primary = heir;
        ledger(Duration.ZERO).once("select pg_promote(true, " + PATIENCE_SECONDS + ")");
    }

    /** A copy of the primary that follows it. From then on each commit waits for it, if the profile says so. */
    void addStandby() throws IOException, SQLException {
        Path folder = nextFolder();
        copy(folder);
        FaultProxy between = FaultProxy.before(primary().port());
        String[] address = between.address().split(":", 2);
        String way = "host=" + address[0] + " port=" + address[1] + " user="
                + primary().user() + " password=" + primary().password();
        standby = new Server(settings(folder).setting("primary_conninfo", way).start(), folder);
        stream = between;
        Ledger ledger = ledger(Duration.ofSeconds(PATIENCE_SECONDS));
        await(ledger, "state = 'streaming'");
        if (!profile.mayLose()) {
            ledger.rows("alter system set synchronous_standby_names = '*'");
            ledger.rows("select pg_reload_conf()");
            await(ledger, "sync_state = 'sync'");
        }
    }

    /** What there is of the history moves to a disk of its own, which can be filled. */
    void moveHistory() throws IOException {
        Path owner = primary.folder.resolve("data");
        SmallDisk small = SmallDisk.mount(directory.resolve("disk"), owner);
        disk = small;
        Ledger ledger = ledger(Duration.ofSeconds(PATIENCE_SECONDS));
        ledger.rows("create tablespace small location '" + small.room(owner) + "'");
        ledger.rows("select relid::regclass as name from pg_partition_tree('quorate.history') where isleaf")
                .forEach(part -> ledger.rows("alter table " + part.get("name") + " set tablespace small"));
    }

    SmallDisk disk() {
        return Objects.requireNonNull(disk, "the history has no disk of its own");
    }

    private static void await(Ledger ledger, String condition) {
        String question = "select exists (select 1 from pg_stat_replication where " + condition + ")";
        if (!Pause.until(() -> ledger.value(question).equals("t"), PATIENCE_SECONDS)) {
            throw new IllegalStateException("the standby does not follow: not " + condition);
        }
    }

    /** All files, between the two calls that belong to it: pg_basebackup does not ship. */
    private void copy(Path folder) throws IOException, SQLException {
        try (Connection session = ledger(Duration.ZERO).connect();
                Statement statement = session.createStatement()) {
            statement.execute("select pg_backup_start('standby', true)");
            Files.createDirectory(folder);
            Folder.copy(primary.folder, folder);
            Path data = folder.resolve("data");
            Files.delete(data.resolve("postmaster.pid"));
            try (ResultSet backup = statement.executeQuery("select labelfile from pg_backup_stop(false)")) {
                backup.next();
                write(data.resolve("backup_label"), backup.getString(1));
            }
            write(data.resolve("standby.signal"), "");
        }
    }

    /** For the account that the server runs under, which is another where this is root. */
    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    /** It runs again, whatever was done to it. */
    void heal() {
        signal("CONT", true);
        if (disk != null) {
            disk.free();
        }
        if (!primary().isRunning()) {
            primary().restart();
        }
    }

    @Override
    public void close() {
        primary().close();
        if (standby != null) {
            standby.process.close();
        }
        if (stream != null) {
            stream.close();
        }
        if (disk != null) {
            disk.close();
            disk = null;
        }
    }
}
