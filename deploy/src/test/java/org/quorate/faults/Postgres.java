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
 * The PostgreSQL of a site. If the profile requires it, there is a standby, which replaces a lost primary and then gets
 * a standby of its own. The replication between the two can be stopped. Changes by one thread at a time; reads by any
 * thread.
 */
final class Postgres implements AutoCloseable {
    static final String DATABASE = "postgres";
    /** The role of agents, operators and buildmasters. It owns the database, and is no superuser. */
    static final String ROLE = "quorate";

    static final String END_SESSIONS = "select pg_terminate_backend(pid) from pg_stat_activity"
            + " where backend_type = 'client backend' and pid <> pg_backend_pid()";

    /** Rights of the role, each of which the protocol needs. */
    private static final List<String> RIGHTS = List.of(
            "insert, update, delete on all tables in schema quorate",
            "select, insert, update, delete on quorate.claim, quorate.master",
            "usage on schema quorate");

    private static final int PATIENCE_SECONDS = 120;

    private final Path directory;
    private final Profile profile;
    private volatile Server primary;
    private @Nullable Server standby;
    private @Nullable Server former;
    private @Nullable FaultProxy stream;
    private @Nullable SmallDisk disk;
    private int servers;
    private volatile boolean lacksRights;

    /** @param folder contains its data, its password and its log */
    private record Server(EmbeddedPostgres process, Path folder) {}

    private Postgres(Path directory, Profile profile) {
        this.directory = directory;
        this.profile = profile;
        Path folder = nextFolder();
        this.primary = new Server(settings(folder).start(), folder);
    }

    static Postgres start(Path directory, Profile profile) throws IOException, SQLException {
        Postgres postgres = new Postgres(directory, profile);
        postgres.makeRole();
        if (profile.hasStandby()) {
            postgres.addStandby();
        }
        return postgres;
    }

    private void makeRole() throws SQLException {
        ledger(Duration.ofSeconds(PATIENCE_SECONDS)).rows("select 1");
        Ledger ledger = ledger(Duration.ZERO);
        ledger.once("create role " + ROLE + " login password '" + password() + "'");
        ledger.once("alter database " + DATABASE + " owner to " + ROLE);
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
                // faults kill processes, not the machine
                .setting("fsync", "off")
                .setting("max_connections", "200")
                .setting("wal_keep_size", "64MB")
                .setting("log_line_prefix", "%m [%p] %a ");
    }

    /** Returns the password of {@link #ROLE}, which the superuser has too. */
    String password() {
        return primary().password();
    }

    /** Returns the server that accepts writes now. */
    EmbeddedPostgres primary() {
        return primary.process;
    }

    /** @param patience how long a query is repeated while there is no server */
    Ledger ledger(Duration patience) {
        return new Ledger(
                () -> primary().jdbcUrl(DATABASE), primary().user(), primary().password(), patience);
    }

    /** Returns the standby's port. */
    int standbyPort() {
        return Objects.requireNonNull(standby, "there is no standby").process.port();
    }

    /** Takes rights from {@link #ROLE}, as an administrator may by mistake. */
    void revoke(int choice) throws SQLException {
        lacksRights = true;
        ledger(Duration.ZERO).once("revoke " + RIGHTS.get(choice % RIGHTS.size()) + " from " + ROLE);
    }

    /** Gives {@link #ROLE} the rights back that {@link #revoke} took. */
    void grant() {
        if (lacksRights) {
            Ledger ledger = ledger(Duration.ofSeconds(PATIENCE_SECONDS));
            RIGHTS.forEach(rights -> ledger.rows("grant " + rights + " to " + ROLE));
            lacksRights = false;
        }
    }

    /** Sends a signal to all processes of the primary, or only to the one that accepts connections. */
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

    /** Stops the replication for this long, then kills the primary and deletes its data. */
    void lose(Duration lag) throws IOException {
        endReplication(lag);
        primary().close();
        Folder.delete(primary.folder);
    }

    /** Stops the replication for this long, then crashes the primary, which {@link #reviveFormer} starts again. */
    void crashBeforeStandby(Duration lag) throws IOException {
        former = primary;
        endReplication(lag);
    }

    private void endReplication(Duration lag) {
        FaultProxy broken = Objects.requireNonNull(stream, "there is no standby");
        broken.standStill(true);
        Pause.millis(lag.toMillis());
        signal("KILL", true);
        broken.refuse(true);
        broken.cut();
        broken.close();
    }

    /** Starts the former primary beside the promoted one. Returns the view of its database. */
    Ledger reviveFormer() {
        EmbeddedPostgres process = Objects.requireNonNull(former, "no primary is a former one").process;
        process.restart();
        return new Ledger(
                () -> process.jdbcUrl(DATABASE),
                process.user(),
                process.password(),
                Duration.ofSeconds(PATIENCE_SECONDS));
    }

    /** Deletes the former primary. */
    void deleteFormer() throws IOException {
        Server gone = Objects.requireNonNull(former, "no primary is a former one");
        former = null;
        gone.process.close();
        Folder.delete(gone.folder);
    }

    /** Promotes the standby of the lost primary. */
    void promote() throws SQLException {
        Server heir = Objects.requireNonNull(standby, "there is no standby");
        standby = null;
        primary = heir;
        ledger(Duration.ZERO).once("select pg_promote(true, " + PATIENCE_SECONDS + ")");
    }

    /**
     * Copies the primary to a new standby, which follows it. If the profile requires it, each commit waits for the
     * standby from then on.
     */
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

    /** Moves the present partitions of the history to a disk of its own, which can be filled. */
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

    /** Copies all files between the two backup functions, since pg_basebackup is not among the shipped programs. */
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

    /** Writes a file that the server's account can read; it is another account if this process is root. */
    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    /** Restores the server: it runs again, whatever the fault was. */
    void heal() {
        signal("CONT", true);
        if (disk != null) {
            disk.free();
        }
        if (!primary().isRunning()) {
            primary().restart();
        }
        grant();
    }

    @Override
    public void close() {
        primary().close();
        if (standby != null) {
            standby.process.close();
        }
        if (former != null) {
            former.process.close();
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
