package org.quorate.sql;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * What Quorate knows about Buildbot's own tables in a database.
 *
 * @param elsewhere the schema other than public, as an SQL identifier, that has tables of Buildbot; empty: none
 * @param version the content of {@code alembic_version}; "unknown" if it has none
 * @param standalone true if the tables are the subset that Quorate created, not Buildbot's own
 * @param role the role of this connection
 * @param guarded the tables of this database that get triggers
 */
record BuildbotTables(
        boolean present,
        Optional<String> elsewhere,
        String version,
        boolean standalone,
        boolean occupied,
        boolean ours,
        boolean creative,
        String role,
        List<Guarded> guarded) {
    /**
     * One of Buildbot's tables that get Quorate's triggers.
     *
     * @param rows about how many rows it has
     * @param triggers how many of Quorate's triggers it has already
     * @param changeable true if the role of this connection has the owner's rights
     */
    record Guarded(String relation, long rows, int triggers, String owner, boolean changeable) {}

    BuildbotTables {
        guarded = List.copyOf(guarded);
    }

    static BuildbotTables of(Questions questions) throws SQLException {
        List<Guarded> guarded = questions.rows(
                "schema/tables",
                row -> new Guarded(
                        row.getString("relation"),
                        row.getLong("rows"),
                        row.getInt("triggers"),
                        row.getString("owner"),
                        row.getBoolean("changeable")));
        return questions
                .rows(
                        "schema/state",
                        row -> new BuildbotTables(
                                row.getBoolean("buildbot"),
                                Optional.ofNullable(row.getString("elsewhere")),
                                row.getBoolean("stamped") ? "stamped" : "unknown",
                                row.getBoolean("standalone"),
                                row.getBoolean("occupied"),
                                row.getBoolean("ours"),
                                row.getBoolean("creative"),
                                row.getString("role"),
                                guarded))
                .get(0)
                .withVersion(questions);
    }

    private BuildbotTables withVersion(Questions questions) throws SQLException {
        String stamp = version.equals("stamped")
                ? questions
                        .text("select string_agg(version_num, ', ' order by version_num) from public.alembic_version")
                        .orElse("unknown")
                : version;
        return new BuildbotTables(present, elsewhere, stamp, standalone, occupied, ours, creative, role, guarded);
    }

    /** Throws {@link SchemaRefused} unless Quorate knows these tables and the role has the rights to adopt them. */
    void requireAdoptable() {
        if (standalone) {
            throw new SchemaRefused("this database is standalone, its tables are Quorate's own: update it with"
                    + " `quorate schema create --standalone`");
        }
        if (!present && elsewhere.isPresent()) {
            String schema = elsewhere.get();
            throw new SchemaRefused("Buildbot's tables are in the schema " + schema
                    + ", and Quorate works with tables in"
                    + " the schema public only: stop all masters, run `alter table " + schema + ".NAME set schema"
                    + " public` for each table there, and let the search_path of Buildbot's role name public");
        }
        if (!present) {
            throw new SchemaRefused(
                    "there are no Buildbot tables in this database: run `buildbot upgrade-master` first,"
                            + " or make a standalone schema");
        }
        requireUnoccupied();
        requireOwnersRights();
        Schema.requireKnownBuildbot(version);
        if (!occupied && !creative) {
            throw new SchemaRefused(
                    "the role " + role + " may not make a schema here: grant create on database … to " + role);
        }
    }

    void requireUnoccupied() {
        if (occupied && !ours && !standalone) {
            throw new SchemaRefused("the schema quorate in this database is somebody else's: it has no flyway_history");
        }
    }

    void requireOwnersRights() {
        guarded.stream().filter(table -> !table.changeable()).findFirst().ifPresent(table -> {
            throw new SchemaRefused("Buildbot's table " + table.relation() + " belongs to " + table.owner() + ", and "
                    + role + " is not a member of that role: connect as " + table.owner() + ", or grant "
                    + table.owner() + " to " + role);
        });
    }
}
