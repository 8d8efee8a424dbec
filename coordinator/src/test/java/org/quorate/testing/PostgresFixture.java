package org.quorate.testing;

import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.quorate.embedded.EmbeddedPostgres;

/**
 * A real database for a test class, as a JUnit extension: {@code @RegisterExtension static final PostgresFixture
 * POSTGRES = PostgresFixture.perClass();}. The field must be static.
 */
public final class PostgresFixture
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
    private final Supplier<TestDatabase> maker;
    private final boolean perTest;
    private @Nullable TestDatabase database;

    private PostgresFixture(Supplier<TestDatabase> maker, boolean perTest) {
        this.maker = maker;
        this.perTest = perTest;
    }

    /**
     * Returns a fixture with one database, with the schema, for all tests of the class. The tests must not disturb each
     * other.
     */
    public static PostgresFixture perClass() {
        return new PostgresFixture(TestDatabase::fresh, false);
    }

    /** Returns a fixture with a new database, with the schema, for each test (about 0.1 s each). */
    public static PostgresFixture perTest() {
        return new PostgresFixture(TestDatabase::fresh, true);
    }

    /** Returns a fixture with a new database of a real Buildbot, adopted, for each test. */
    public static PostgresFixture adoptedPerTest() {
        return new PostgresFixture(TestDatabase::adopted, true);
    }

    /** Returns a fixture with a new database of a real Buildbot, without anything of Quorate, for each test. */
    public static PostgresFixture buildbotPerTest() {
        return new PostgresFixture(TestDatabase::buildbot, true);
    }

    /**
     * Returns a fixture with a server for this class alone (about 2 s), as durable as in production. Tests may stop,
     * kill and restart it.
     */
    public static PostgresFixture ownServer() {
        return new PostgresFixture(TestDatabase::onOwnServer, false);
    }

    public TestDatabase database() {
        if (database == null) {
            throw new IllegalStateException("no database outside of a test; is the field static?");
        }
        return database;
    }

    public DataSource dataSource() {
        return database().dataSource();
    }

    public String url() {
        return database().url();
    }

    public String user() {
        return database().user();
    }

    public String password() {
        return database().password();
    }

    public EmbeddedPostgres server() {
        return database().server();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        if (!perTest) {
            open();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (perTest) {
            open();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (perTest) {
            close();
        }
    }

    private void open() {
        close();
        database = maker.get();
    }

    private void close() {
        if (database != null) {
            database.close();
            database = null;
        }
    }
}
