package org.quorate.postgres;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.statement.Query;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.UnknownOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims, completions and releases in PostgreSQL: T2, T3 and T8, one transaction for each turn. Thread-safe. */
public final class PostgresClaims implements Claims {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresClaims.class);

    private final PostgresDatabase database;

    public PostgresClaims(PostgresDatabase database) {
        this.database = database;
    }

    @Override
    public Turn.Outcome take(Authority authority, Turn turn) {
        try {
            return database.transaction(transaction -> take(transaction, authority, turn));
        } catch (UnknownOutcome e) {
            LOG.warn("looking up what became of turn {}: {}", turn.token(), e.getMessage());
            return lookUp(authority, turn, e);
        }
    }

    private static Turn.Outcome take(Transaction transaction, Authority authority, Turn turn) {
        Transaction.Fence fence = transaction.fence(authority);
        List<Integer> completed = complete(transaction, authority, fence, turn.completions());
        List<Integer> released = release(transaction, authority, fence, turn.releases());
        return claiming(transaction, authority, fence, turn, completed, released);
    }

    private static Turn.Outcome claiming(
            Transaction transaction,
            Authority authority,
            Transaction.Fence fence,
            Turn turn,
            List<Integer> completed,
            List<Integer> released) {
        boolean claims = !turn.wanted().isEmpty() && turn.limit() > 0;
        List<Claim> claimed = claims && !fence.draining() ? claim(transaction, authority, fence, turn) : List.of();
        return new Turn.Outcome(completed, released, claimed, claims && fence.draining());
    }

    private static List<Integer> complete(
            Transaction transaction, Authority authority, Transaction.Fence fence, List<Completion> completions) {
        if (completions.isEmpty()) {
            return List.of();
        }
        List<Integer> completed = transaction
                .statement("claims/complete", authority)
                .bindArray(
                        "brids",
                        Integer.class,
                        completions.stream().map(Completion::brid).toList())
                .bindArray(
                        "attempts",
                        UUID.class,
                        completions.stream()
                                .map(Completion::attempt)
                                .map(Attempt::token)
                                .toList())
                .bindArray(
                        "results",
                        Integer.class,
                        completions.stream().map(Completion::results).toList())
                .bind("actor", fence.actor())
                .mapTo(Integer.class)
                .list();
        Failpoint.COMPLETION_WRITTEN.reached();
        return completed.size() == completions.size()
                ? completed
                : withEarlier(transaction, authority, completions, completed);
    }

    /**
     * Adds the completions that were accepted before: a completion that is sent again is accepted again, because the
     * history holds it.
     */
    private static List<Integer> withEarlier(
            Transaction transaction, Authority authority, List<Completion> completions, List<Integer> completed) {
        Set<Integer> all = new LinkedHashSet<>(completed);
        all.addAll(happened(
                transaction,
                authority,
                "complete",
                completions.stream().map(Completion::brid).toList(),
                completions.stream()
                        .map(Completion::attempt)
                        .map(Attempt::token)
                        .toList()));
        return List.copyOf(all);
    }

    private static List<Integer> release(
            Transaction transaction, Authority authority, Transaction.Fence fence, List<Turn.Release> releases) {
        if (releases.isEmpty()) {
            return List.of();
        }
        return transaction
                .statement("claims/release", authority)
                .bindArray(
                        "brids",
                        Integer.class,
                        releases.stream().map(Turn.Release::brid).toList())
                .bindArray(
                        "attempts",
                        UUID.class,
                        releases.stream()
                                .map(Turn.Release::attempt)
                                .map(Attempt::token)
                                .toList())
                .bindArray(
                        "whys",
                        String.class,
                        releases.stream().map(Turn.Release::why).toList())
                .bind("actor", fence.actor())
                .map((row, context) -> row.getInt("brid"))
                .list();
    }

    private static List<Claim> claim(Transaction transaction, Authority authority, Transaction.Fence fence, Turn turn) {
        List<Wanted> wanted = turn.wanted();
        Query query = transaction
                .statement("claims/take", authority)
                .bindArray(
                        "builderids",
                        Integer.class,
                        wanted.stream().map(Wanted::builderid).toList())
                .bindArray(
                        "slots",
                        Integer.class,
                        wanted.stream().map(Wanted::slots).toList())
                .bindArray(
                        "negated_priorities",
                        Integer.class,
                        wanted.stream().map(w -> w.floor().negatedPriority()).toList())
                .bindArray(
                        "submitted_ats",
                        Integer.class,
                        wanted.stream().map(w -> w.floor().submittedAt()).toList())
                .bindArray(
                        "floor_brids",
                        Integer.class,
                        wanted.stream().map(w -> w.floor().brid()).toList())
                .bind("limit", turn.limit())
                .bind("attempt", turn.token())
                .bind("actor", fence.actor());
        List<Claim> claimed =
                query.map((row, context) -> claimed(row, turn.token())).list();
        Failpoint.CLAIM_INSERTED.reached();
        return claimed;
    }

    private static Claim claimed(ResultSet row, UUID token) throws SQLException {
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

    /**
     * Looks up what a turn did whose commit was not acknowledged, and does what it did not do. It reads under the lock
     * that waits for the turn. Each completion and release is judged by its own attempt, because one that was accepted
     * earlier proves nothing about the rest of its turn. The claims are judged together, by the token of the turn.
     */
    private Turn.Outcome lookUp(Authority authority, Turn turn, UnknownOutcome unknown) {
        try {
            return database.transaction(transaction -> {
                Transaction.Fence fence = transaction.fenceExclusively(authority);
                List<Integer> completed = complete(transaction, authority, fence, turn.completions());
                Set<Integer> released = new LinkedHashSet<>(happened(
                        transaction,
                        authority,
                        "release",
                        turn.releases().stream().map(Turn.Release::brid).toList(),
                        turn.releases().stream()
                                .map(Turn.Release::attempt)
                                .map(Attempt::token)
                                .toList()));
                released.addAll(release(transaction, authority, fence, turn.releases()));
                List<Claim> claimed = held(transaction, authority).stream()
                        .filter(claim -> claim.attempt().token().equals(turn.token()))
                        .toList();
                return claimed.isEmpty()
                        ? claiming(transaction, authority, fence, turn, completed, List.copyOf(released))
                        : new Turn.Outcome(completed, List.copyOf(released), claimed, false);
            });
        } catch (DatabaseUnreachable | UnknownOutcome e) {
            unknown.addSuppressed(e);
            throw unknown;
        }
    }

    private static List<Integer> happened(
            Transaction transaction, Authority authority, String kind, List<Integer> brids, List<UUID> attempts) {
        if (brids.isEmpty()) {
            return List.of();
        }
        return transaction
                .statement("claims/ended", authority)
                .bindArray("brids", Integer.class, brids)
                .bindArray("attempts", UUID.class, attempts)
                .bind("kind", kind)
                .mapTo(Integer.class)
                .list();
    }

    @Override
    public List<Claim> held(Authority authority) {
        return database.transaction(transaction -> {
            transaction.fenceExclusively(authority);
            return held(transaction, authority);
        });
    }

    private static List<Claim> held(Transaction transaction, Authority authority) {
        return transaction
                .statement("claims/held", authority)
                .map((row, context) -> claimed(row, row.getObject("attempt", UUID.class)))
                .list();
    }

    @Override
    public void finishBuildsets(List<Integer> completedBrids) {
        database.read(transaction -> transaction
                .statement("buildsets/finish")
                .bindArray("brids", Integer.class, completedBrids)
                .mapTo(Integer.class)
                .list());
    }

    @Override
    public boolean isPending(Collection<Integer> builderids) {
        return database.read(transaction -> transaction
                .statement("claims/pending")
                .bindArray("builderids", Integer.class, List.copyOf(builderids))
                .mapTo(Boolean.class)
                .one());
    }

    @Override
    public List<Integer> cancellations(Authority authority) {
        return database.read(transaction -> transaction
                .statement("claims/cancellations", authority)
                .mapTo(Integer.class)
                .list());
    }
}
