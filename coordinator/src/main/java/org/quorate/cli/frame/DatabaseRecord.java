package org.quorate.cli.frame;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.quorate.cli.connection.Session;
import org.quorate.cli.output.Row;
import org.quorate.identity.DatabaseIdentity;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.Place;

/** Reads the identity of a database, and where the database really is. */
public final class DatabaseRecord {
    private DatabaseRecord() {}

    /** Returns both. The database must have a Quorate schema. */
    public static DatabaseView of(Session session) {
        Row row = session.row("cluster/identity", Map.of());
        return new DatabaseView(
                new DatabaseIdentity(
                        UUID.fromString(row.text("cluster_uuid")),
                        UUID.fromString(row.text("database_uuid")),
                        row.list("former_uuids").stream().map(UUID::fromString).toList(),
                        place(row, ""),
                        Optional.of(row.text("ensemble_uuid"))
                                .filter(text -> !text.isEmpty())
                                .map(UUID::fromString)),
                place(row, "_here"));
    }

    private static Place place(Row row, String suffix) {
        return new Place(
                row.number("system_identifier" + suffix),
                row.number("database_oid" + suffix),
                Math.toIntExact(row.number("timeline" + suffix)));
    }
}
