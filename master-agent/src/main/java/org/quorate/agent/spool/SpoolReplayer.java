package org.quorate.agent.spool;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.metrics.Metrics;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.Turn;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.time.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits the completions in the {@link Spool}, in order, and removes each once the database has accepted or refused
 * it. A completion that was accepted before is accepted again, since it is in the history table. A completion of an
 * epoch that is over is refused. One thread.
 */
public final class SpoolReplayer {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolReplayer.class);
    private static final int BATCH = 400;
    /** A completion whose buildrequest another session has locked is tried again after this time. */
    private static final Duration LATER = Duration.ofSeconds(1);

    private final Spool spool;
    private final Claims claims;
    private final LongSupplier nanoTime;
    private final Metrics metrics;
    private final Set<Attempt> later = new HashSet<>();
    private @Nullable Deadline laterUntil;

    public SpoolReplayer(Spool spool, Claims claims, LongSupplier nanoTime, Metrics metrics) {
        this.spool = spool;
        this.claims = claims;
        this.nanoTime = nanoTime;
        this.metrics = metrics;
    }

    /** Called with each completion once the database has accepted or refused it. */
    public interface Listener {
        void decided(Completion completion, boolean accepted);
    }

    /**
     * Commits until the spool is empty. Completions of the current epoch are written under the current authority, since
     * the incarnation that spooled them may have ended; those of any other epoch are written under their own authority.
     * If this throws {@link org.quorate.master.StoreUnreachable}, the completions that the database has not decided on
     * stay.
     *
     * @param current empty: this master is not registered
     * @throws Fenced the current authority is over; the completions that it had spooled were refused
     */
    public void replay(Optional<Authority> current, Listener listener) {
        if (laterUntil != null && laterUntil.isOver(nanoTime.getAsLong())) {
            later.clear();
        }
        for (List<Spool.Entry> batch = next(); !batch.isEmpty(); batch = next()) {
            Spool.Entry first = batch.get(0);
            Optional<Authority> ours = current.filter(first::isOf);
            try {
                commit(ours.orElse(first.authority()), batch, listener);
            } catch (Fenced e) {
                LOG.warn("refused the completions of buildrequests {}: {}", brids(batch), e.getMessage());
                decided(batch, Set.of(), listener);
                if (ours.isPresent()) {
                    throw e;
                }
                metrics.refusedWrite();
            }
        }
    }

    /** Returns the next entries that are to be tried now. Those that another session has locked wait for a while. */
    private List<Spool.Entry> next() {
        return spool.first(BATCH + later.size()).stream()
                .filter(entry -> !later.contains(entry.completion().attempt()))
                .limit(BATCH)
                .toList();
    }

    private void postpone(List<Spool.Entry> entries) {
        if (!entries.isEmpty()) {
            entries.forEach(entry -> later.add(entry.completion().attempt()));
            laterUntil = Deadline.after(LATER, nanoTime.getAsLong());
            LOG.info("will try again to complete buildrequests {}: another session has locked them", brids(entries));
        }
    }

    private void commit(Authority authority, List<Spool.Entry> whole, Listener listener) {
        Turn turn = new Turn(
                UUID.randomUUID(), whole.stream().map(Spool.Entry::completion).toList(), List.of(), List.of(), 0);
        long began = nanoTime.getAsLong();
        Turn.Outcome outcome = claims.take(authority, turn);
        postpone(whole.stream().filter(entry -> isLater(entry, outcome)).toList());
        List<Spool.Entry> batch =
                whole.stream().filter(entry -> !isLater(entry, outcome)).toList();
        Set<Integer> accepted = new HashSet<>(outcome.completed());
        decided(batch, accepted, listener);
        metrics.turned(outcome, batch.size() - accepted.size(), Duration.ofNanos(nanoTime.getAsLong() - began));
        LOG.info("committed {} completions that had waited for the database", accepted.size());
        if (accepted.size() < batch.size()) {
            LOG.warn(
                    "refused the completions of buildrequests {}: this master does not hold these attempts",
                    brids(batch.stream()
                            .filter(entry ->
                                    !accepted.contains(entry.completion().brid()))
                            .toList()));
        }
        if (!accepted.isEmpty()) {
            claims.finishBuildsets(outcome.completed());
        }
    }

    private static boolean isLater(Spool.Entry entry, Turn.Outcome outcome) {
        return outcome.later().contains(entry.completion().brid());
    }

    private void decided(List<Spool.Entry> batch, Set<Integer> accepted, Listener listener) {
        spool.strike(batch);
        batch.forEach(entry -> listener.decided(
                entry.completion(), accepted.contains(entry.completion().brid())));
    }

    private static String brids(List<Spool.Entry> entries) {
        return entries.stream()
                .map(entry -> String.valueOf(entry.completion().brid()))
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
