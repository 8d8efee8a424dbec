package org.quorate.sql;

import java.sql.SQLException;
import java.util.List;
import java.util.OptionalLong;

/** Quorate's partial indexes on Buildbot's tables. A site may leave them out; then everything works, but slowly. */
final class Indexes {
    private static final String LOCK = "SHARE UPDATE EXCLUSIVE, while it is read twice; all go on";

    private final Questions questions;

    Indexes(Questions questions) {
        this.questions = questions;
    }

    /** @param there true also for an unusable index, whose creation was interrupted */
    private record Index(String name, String relation, boolean there, boolean usable, long rows) {}

    private List<Index> all() throws SQLException {
        return questions.rows(
                "schema/indexes",
                row -> new Index(
                        row.getString("name"),
                        row.getString("relation"),
                        row.getBoolean("there"),
                        row.getBoolean("usable"),
                        row.getLong("rows")));
    }

    List<Step> missing() throws SQLException {
        return all().stream()
                .filter(index -> !index.usable())
                .map(index -> new Step(
                        "make the index " + index.name() + " on " + index.relation(),
                        LOCK,
                        OptionalLong.of(index.rows())))
                .toList();
    }

    /** Creates the missing and replaces the unusable indexes, outside of a transaction. */
    void make() throws SQLException {
        for (Index index : all()) {
            if (index.there() && !index.usable()) {
                questions.execute("drop index concurrently if exists public." + index.name());
            }
            questions.execute(Statements.named("indexes/" + index.name()));
        }
    }

    List<Step> present() throws SQLException {
        return all().stream()
                .filter(Index::there)
                .map(index -> new Step(
                        "drop the index " + index.name() + " on " + index.relation(),
                        QuietMoment.IN_WHICH_NOBODY_READS,
                        OptionalLong.of(index.rows())))
                .toList();
    }

    /** Drops the indexes within a transaction that holds the locks of a {@link QuietMoment}. */
    void drop() throws SQLException {
        for (Index index : all()) {
            questions.execute("drop index if exists public." + index.name());
        }
    }
}
