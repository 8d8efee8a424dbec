package org.quorate.sql;

import java.sql.SQLException;
import java.util.List;

/**
 * Buildbot's own tables in a database, as far as Quorate concerns itself with them.
 *
 * @param version what {@code alembic_version} says; "unknown" where it says nothing
 * @param standalone the tables are not Buildbot's but the subset that Quorate made
 * @param role who asks
 * @param guarded the tables that get triggers, without those that this database lacks
 */
record BuildbotTables(
        boolean present,
        String version,
        boolean standalone,
        boolean occupied,
        boolean ours,
        boolean creative,
        String role,
        List<Guarded> guarded) {
    /**
     * One of Buildbot's tables that Quorate puts triggers on.
     *
     * @param rows about how many
     * @param triggers of ours that are there already
     * @param changeable whether the role that asks has the owner's rights
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
        String told = version.equals("stamped")
                ? questions
                        .text("select string_agg(version_num, ', ' order by version_num) from public.alembic_version")
                        .orElse("unknown")
                : version;
        return new BuildbotTables(present, told, standalone, occupied, ours, creative, role, guarded);
    }

    /** Throws {@link SchemaRefused} unless this is a database of a Buildbot that Quorate knows, and open to the role. */
    void requireAdoptable() {
        if (standalone) {
            throw new SchemaRefused("this database is standalone, its tables are Quorate's own: update it with"
                    + " `quorate schema create --standalone`");
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
