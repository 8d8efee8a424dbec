package org.quorate.postgres;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a claim from a row of {@code claims/take} or {@code claims/held}. */
final class ClaimRow {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimRow.class);

    private ClaimRow() {}

    static Claim read(ResultSet row, UUID token) throws SQLException {
        int brid = row.getInt("brid");
        BuildsetProperties properties =
                BuildsetProperties.of(texts(row, "property_names"), texts(row, "property_values"));
        long tooLong = row.getLong("properties_left_out");
        if (!properties.leftOut().isEmpty() || tooLong > 0) {
            LOG.info(
                    "buildrequest {} is claimed without the properties {}, which the link cannot carry,"
                            + " and without {} that are too long",
                    brid,
                    properties.leftOut(),
                    tooLong);
        }
        return new Claim(
                new Attempt(brid, token),
                row.getInt("builderid"),
                row.getString("builder"),
                row.getInt("buildsetid"),
                row.getInt("priority"),
                row.getInt("submitted_at"),
                properties.json());
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }
}
