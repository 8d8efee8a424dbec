package org.quorate.postgres;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.StatementFailed;
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
        } catch (JdbiException e) {
            throw new StatementFailed(PostgresDatabase.failure(e), e);
        } catch (UnknownOutcome e) {
            LOG.warn("looking up what became of turn {}: {}", turn.token(), e.getMessage());
            return lookUp(authority, turn, e);
        }
    }

    private static Turn.Outcome take(Transaction transaction, Authority authority, Turn turn) {
        Transaction.Fence fence = transaction.fence(authority);
        Ends ends = new Ends(new ArrayList<>(), new ArrayList<>(), new HashSet<>());
        complete(transaction, authority, fence, turn.completions(), ends);
        ends.released().addAll(release(transaction, authority, fence, turn.releases(), ends));
        return claiming(transaction, authority, fence, turn, ends);
    }

    /** The ends that a turn wrote, and those to send again because another session has locked the buildrequests. */
    private record Ends(List<Integer> completed, List<Integer> released, Set<Integer> later) {}

    private static Turn.Outcome claiming(
            Transaction transaction, Authority authority, Transaction.Fence fence, Turn turn, Ends ends) {
        boolean claims = turn.claims();
        List<Claim> claimed = claims ? claim(transaction, authority, fence, turn) : List.of();
        return outcome(ends, claimed, claims && fence.draining());
    }

    private static Turn.Outcome outcome(Ends ends, List<Claim> claimed, boolean draining) {
        return new Turn.Outcome(ends.completed(), ends.released(), claimed, draining, ends.later());
    }

    private static void complete(
            Transaction transaction,
            Authority authority,
            Transaction.Fence fence,
            List<Completion> completions,
            Ends ends) {
        if (completions.isEmpty()) {
            return;
        }
        List<Integer> brids = completions.stream().map(Completion::brid).toList();
        List<UUID> attempts = completions.stream()
                .map(Completion::attempt)
                .map(Attempt::token)
                .toList();
        List<Integer> completed = transaction
                .statement("claims/complete", authority)
                .bindArray("brids", Integer.class, brids)
                .bindArray("attempts", UUID.class, attempts)
                .bindArray(
                        "results",
                        Integer.class,
                        completions.stream().map(Completion::results).toList())
                .bind("actor", fence.actor())
                .mapTo(Integer.class)
                .list();
        Failpoint.COMPLETION_WRITTEN.reached();
        Set<Integer> all = new LinkedHashSet<>(completed);
        if (completed.size() < completions.size()) {
            ends.later().addAll(busy(transaction, authority, brids, attempts));
            // a completion that is sent again is accepted again, because the history holds it
            all.addAll(happened(transaction, authority, "complete", brids, attempts));
        }
        ends.completed().addAll(all);
    }

    private static List<Integer> busy(
            Transaction transaction, Authority authority, List<Integer> brids, List<UUID> attempts) {
        return transaction
                .statement("claims/busy", authority)
                .bindArray("brids", Integer.class, brids)
                .bindArray("attempts", UUID.class, attempts)
                .mapTo(Integer.class)
                .list();
    }

    private static List<Integer> release(
            Transaction transaction,
            Authority authority,
            Transaction.Fence fence,
            List<Turn.Release> releases,
            Ends ends) {
        if (releases.isEmpty()) {
            return List.of();
        }
        List<Integer> brids = releases.stream().map(Turn.Release::brid).toList();
        List<UUID> attempts =
                releases.stream().map(Turn.Release::attempt).map(Attempt::token).toList();
        List<Integer> released = transaction
                .statement("claims/release", authority)
                .bindArray("brids", Integer.class, brids)
                .bindArray("attempts", UUID.class, attempts)
                .bindArray(
                        "whys",
                        String.class,
                        releases.stream().map(Turn.Release::why).toList())
                .bind("actor", fence.actor())
                .map((row, context) -> row.getInt("brid"))
                .list();
        if (released.size() < releases.size()) {
            ends.later().addAll(busy(transaction, authority, brids, attempts));
        }
        return released;
    }

    private static List<Claim> claim(Transaction transaction, Authority authority, Transaction.Fence fence, Turn turn) {
        List<Claim> claimed = new ArrayList<>();
        if (turn.takesHeads()) {
            if (!fence.draining()) {
                Query heads = wanted(transaction.statement("claims/take", authority), turn, turn.limit());
                claimed.addAll(claim(heads, fence, turn));
            }
            int left = turn.limit() - claimed.size();
            if ((fence.draining() || fence.holds()) && left > 0) {
                Query children = wanted(transaction.statement("claims/take_children", authority), turn, left);
                claimed.addAll(claim(children, fence, turn));
            }
        }
        if (!turn.chosen().isEmpty() && !fence.draining()) {
            claimed.addAll(claim(chosen(transaction.statement("claims/take_chosen", authority), turn), fence, turn));
        }
        Failpoint.CLAIM_INSERTED.reached();
        return claimed;
    }

    private static List<Claim> claim(Query query, Transaction.Fence fence, Turn turn) {
        return query.bind("attempt", turn.token())
                .bind("actor", fence.actor())
                .map((row, context) -> ClaimRow.read(row, turn.token()))
                .list();
    }

    private static Query chosen(Query query, Turn turn) {
        return query.bindArray("brids", Integer.class, each(turn.chosen(), Turn.Chosen::brid))
                .bindArray("builderids", Integer.class, each(turn.chosen(), Turn.Chosen::builderid))
                .bindArray("passed_over", Integer.class, List.copyOf(turn.passedOver()));
    }

    @Override
    public List<Candidate> candidates(Turn turn) {
        try {
            return database.read(transaction -> wanted(transaction.statement("claims/candidates"), turn, turn.limit())
                    .map((row, context) ->
                            new Candidate(row.getInt("brid"), row.getInt("builderid"), row.getInt("priority")))
                    .list());
        } catch (JdbiException e) {
            throw new StatementFailed(PostgresDatabase.failure(e), e);
        }
    }

    private static Query wanted(Query query, Turn turn, int limit) {
        List<Wanted> wanted = turn.wanted();
        return query.bindArray("builderids", Integer.class, each(wanted, Wanted::builderid))
                .bindArray("slots", Integer.class, each(wanted, Wanted::slots))
                .bindArray(
                        "negated_priorities",
                        Integer.class,
                        each(wanted, w -> w.floor().negatedPriority()))
                .bindArray(
                        "submitted_ats",
                        Integer.class,
                        each(wanted, w -> w.floor().submittedAt()))
                .bindArray(
                        "floor_brids",
                        Integer.class,
                        each(wanted, w -> w.floor().brid()))
                .bindArray("passed_over", Integer.class, List.copyOf(turn.passedOver()))
                .bind("limit", limit);
    }

    private static <T> List<Integer> each(List<T> all, Function<T, Integer> number) {
        return all.stream().map(number).toList();
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
                Ends ends = new Ends(new ArrayList<>(), new ArrayList<>(), new HashSet<>());
                complete(transaction, authority, fence, turn.completions(), ends);
                Set<Integer> released = new LinkedHashSet<>(happened(
                        transaction,
                        authority,
                        "release",
                        turn.releases().stream().map(Turn.Release::brid).toList(),
                        turn.releases().stream()
                                .map(Turn.Release::attempt)
                                .map(Attempt::token)
                                .toList()));
                released.addAll(release(transaction, authority, fence, turn.releases(), ends));
                ends.released().addAll(released);
                List<Claim> claimed = held(transaction, authority).stream()
                        .filter(claim -> claim.attempt().token().equals(turn.token()))
                        .toList();
                return claimed.isEmpty()
                        ? claiming(transaction, authority, fence, turn, ends)
                        : outcome(ends, claimed, false);
            });
        } catch (DatabaseUnreachable | UnknownOutcome | JdbiException e) {
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
                .map((row, context) -> ClaimRow.read(row, row.getObject("attempt", UUID.class)))
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
