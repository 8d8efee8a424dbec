package org.quorate.testing.memory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.testing.memory.InMemoryDatabase.Finished;
import org.quorate.testing.memory.InMemoryDatabase.Held;
import org.quorate.testing.memory.InMemoryDatabase.Master;
import org.quorate.testing.memory.InMemoryDatabase.Request;

/** The claims of an {@link InMemoryDatabase}. Thread-safe. */
public final class InMemoryClaims implements Claims {
    private static final Comparator<Request> ORDER = Comparator.comparing(InMemoryClaims::key);

    private final InMemoryDatabase database;

    InMemoryClaims(InMemoryDatabase database) {
        this.database = database;
    }

    @Override
    public Turn.Outcome take(Authority authority, Turn turn) {
        return database.transaction(() -> {
            Master master = database.fence(authority);
            Set<Integer> later = new HashSet<>();
            turn.completions().forEach(completion -> noteLocked(authority, completion.attempt(), later));
            turn.releases().forEach(release -> noteLocked(authority, release.attempt(), later));
            List<Integer> completed = turn.completions().stream()
                    .filter(completion -> !later.contains(completion.brid()))
                    .filter(completion -> complete(authority, completion))
                    .map(Completion::brid)
                    .toList();
            List<Integer> released = turn.releases().stream()
                    .map(Turn.Release::brid)
                    .filter(brid -> !later.contains(brid))
                    .filter(brid -> release(authority, turn, brid))
                    .toList();
            boolean claims = turn.claims();
            List<Claim> claimed = claims && !master.draining ? claim(authority, turn) : List.of();
            return new Turn.Outcome(completed, released, claimed, claims && master.draining, later);
        });
    }

    private void noteLocked(Authority authority, Attempt attempt, Set<Integer> later) {
        if (database.locked.contains(attempt.brid()) && isHeld(authority, attempt.brid(), attempt.token())) {
            later.add(attempt.brid());
        }
    }

    private boolean complete(Authority authority, Completion completion) {
        Finished accepted = new Finished(
                completion.brid(),
                authority.masterid(),
                authority.epoch(),
                completion.attempt().token());
        if (database.finished.contains(accepted)) {
            return true;
        }
        if (!isHeld(authority, completion.brid(), completion.attempt().token())) {
            return false;
        }
        database.claims.remove(completion.brid());
        database.cancellations.remove(completion.brid());
        Objects.requireNonNull(database.requests.get(completion.brid())).results = completion.results();
        return database.finished.add(accepted);
    }

    private boolean release(Authority authority, Turn turn, int brid) {
        boolean held = turn.releases().stream()
                .anyMatch(release -> release.brid() == brid
                        && isHeld(authority, brid, release.attempt().token()));
        if (held) {
            database.release(brid);
        }
        return held;
    }

    private boolean isHeld(Authority authority, int brid, UUID attempt) {
        return new Held(brid, authority.masterid(), authority.epoch(), attempt).equals(database.claims.get(brid));
    }

    @Override
    public List<Candidate> candidates(Turn turn) {
        return database.transaction(() -> picked(turn).stream()
                .map(request -> new Candidate(request.id, request.builderid, request.priority))
                .toList());
    }

    private Stream<Request> pending(Turn turn) {
        return database.requests.values().stream()
                .filter(request -> request.results == null)
                .filter(request -> !database.claims.containsKey(request.id))
                .filter(request -> !database.locked.contains(request.id))
                .filter(request -> !turn.passedOver().contains(request.id));
    }

    private List<Request> picked(Turn turn) {
        List<Request> picked = new ArrayList<>();
        for (Wanted wanted : turn.wanted()) {
            pending(turn)
                    .filter(request -> request.builderid == wanted.builderid())
                    .filter(request -> key(request).compareTo(wanted.floor()) >= 0)
                    .sorted(ORDER)
                    .limit(wanted.slots())
                    .forEach(picked::add);
        }
        return picked.stream().sorted(ORDER).distinct().limit(turn.limit()).toList();
    }

    private List<Claim> claim(Authority authority, Turn turn) {
        List<Request> chosen = new ArrayList<>(picked(turn));
        pending(turn)
                .filter(request -> turn.chosen().contains(new Turn.Chosen(request.builderid, request.id)))
                .filter(request -> !chosen.contains(request))
                .sorted(ORDER)
                .forEach(chosen::add);
        for (Request request : chosen) {
            Held held = new Held(request.id, authority.masterid(), authority.epoch(), turn.token());
            database.claims.put(request.id, held);
        }
        return chosen.stream().map(request -> claim(request, turn.token())).toList();
    }

    private Claim claim(Request request, UUID token) {
        return new Claim(
                new Attempt(request.id, token),
                request.builderid,
                database.builderName(request.builderid),
                request.buildsetid,
                request.priority,
                request.submittedAt,
                Objects.requireNonNull(database.buildsets.get(request.buildsetid)).properties);
    }

    private static LowWaterMark key(Request request) {
        return new LowWaterMark(-request.priority, request.submittedAt, request.id);
    }

    @Override
    public List<Claim> held(Authority authority) {
        return database.transaction(() -> {
            database.fence(authority);
            return heldBy(authority).stream()
                    .map(held -> claim(Objects.requireNonNull(database.requests.get(held.brid())), held.attempt()))
                    .toList();
        });
    }

    private List<Held> heldBy(Authority authority) {
        return database.claims.values().stream()
                .filter(held -> held.masterid() == authority.masterid() && held.epoch() == authority.epoch())
                .toList();
    }

    @Override
    public void finishBuildsets(List<Integer> completedBrids) {
        database.transaction(() -> {
            Set<Integer> buildsetids = new HashSet<>();
            completedBrids.forEach(
                    brid -> buildsetids.add(Objects.requireNonNull(database.requests.get(brid)).buildsetid));
            return database.finish(buildsetids);
        });
    }

    @Override
    public boolean isPending(Collection<Integer> builderids) {
        return database.transaction(() -> database.requests.values().stream()
                .anyMatch(request -> builderids.contains(request.builderid)
                        && request.results == null
                        && !database.claims.containsKey(request.id)));
    }

    @Override
    public List<Integer> cancellations(Authority authority) {
        return database.transaction(() -> heldBy(authority).stream()
                .map(Held::brid)
                .filter(database.cancellations::contains)
                .toList());
    }
}
