package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Link;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.event.Cursor;
import org.quorate.event.Events;
import org.quorate.master.Authority;
import org.quorate.master.Registrations;
import org.quorate.scheduler.Schedulers;

/**
 * Answers the hello of a buildmaster: writes its builders and schedulers to the database, and compares its running
 * builds with the claims of this master. A build without a claim is stopped. A claim without a build is released,
 * unless the answer that carries the claim has not reached the buildmaster yet. One thread.
 */
public final class Handshake {
    private final Registrations registrations;
    private final Schedulers schedulers;
    private final Claims claims;
    private final Events events;
    private final HeldClaims held;
    private final BuildmasterInbox inbox;
    private final AttachedBuildmaster attached;
    private volatile Map<String, Integer> builderids = Map.of();
    private volatile @Nullable Offer lastOffer;

    /**
     * The builders and schedulers of the last buildmaster, and the authority under which they were written to the
     * database.
     */
    private record Offer(Authority authority, List<Hello.Builder> builders, List<String> services) {
        static Offer of(Authority authority, Hello hello) {
            return new Offer(authority, hello.builders(), hello.services());
        }
    }

    /**
     * The promise that this agent makes with its answer.
     *
     * @param lease how long the buildmaster may work without another message
     * @param draining whether the buildmaster must start nothing new
     */
    record Promise(Authority authority, Duration lease, boolean draining) {}

    public Handshake(
            Registrations registrations,
            Schedulers schedulers,
            Claims claims,
            Events events,
            HeldClaims held,
            BuildmasterInbox inbox,
            AttachedBuildmaster attached) {
        this.registrations = registrations;
        this.schedulers = schedulers;
        this.claims = claims;
        this.events = events;
        this.held = held;
        this.inbox = inbox;
        this.attached = attached;
    }

    /** @param unheard the token of claims whose answer the buildmaster never received, and which it must start now */
    HelloAnswer answer(Promise promise, Hello hello, Link link, Optional<UUID> unheard) {
        Authority authority = promise.authority();
        builderids = registrations.offerBuilders(
                authority, hello.builders().stream().map(Hello.Builder::name).toList());
        schedulers.enlist(authority, hello.services());
        // before the answer: an event that is sent after it must not be missed
        Optional<Cursor> cursor = cursor(authority, hello);
        List<Claim> claimed = claims.held(authority);
        List<Claim> start = claimed.stream()
                .filter(claim -> unheard.equals(Optional.of(claim.attempt().token())))
                .filter(claim -> !hello.running().contains(claim.attempt()))
                .toList();
        List<Integer> stop = settle(claimed, start, hello);
        lastOffer = Offer.of(authority, hello);
        return attach(promise, hello, link, cursor, stop, start);
    }

    /**
     * Answers, without the database, a buildmaster that only lost its link: the database already has its builders and
     * schedulers, and this agent knows its claims. Returns empty for any other buildmaster, which must wait.
     */
    Optional<HelloAnswer> answerWithoutDatabase(Promise promise, Hello hello, Link link) {
        boolean listensForTheFirstTime = hello.heard().filter(Map::isEmpty).isPresent();
        if (listensForTheFirstTime || !Offer.of(promise.authority(), hello).equals(lastOffer)) {
            return Optional.empty();
        }
        Optional<Cursor> cursor = cursor(promise.authority(), hello);
        List<Integer> stop = settle(held.list(), List.of(), hello);
        return Optional.of(attach(promise, hello, link, cursor, stop, List.of()));
    }

    private Optional<Cursor> cursor(Authority authority, Hello hello) {
        return hello.heard().map(heard -> Cursor.resumed(heard, authority.masterid(), events::newest));
    }

    private HelloAnswer attach(
            Promise promise, Hello hello, Link link, Optional<Cursor> cursor, List<Integer> stop, List<Claim> start) {
        attached.attach(new AttachedBuildmaster.Attached(link, hello, cursor));
        Authority authority = promise.authority();
        return new HelloAnswer(
                authority.masterid(), authority.epoch(), stop, start, promise.lease(), promise.draining());
    }

    /** Returns the buildrequests whose builds are to be stopped. */
    private List<Integer> settle(List<Claim> claimed, List<Claim> start, Hello hello) {
        Map<Integer, Attempt> running = new HashMap<>();
        hello.running().forEach(attempt -> running.put(attempt.brid(), attempt));
        Set<Integer> kept = new HashSet<>();
        held.clear();
        for (Claim claim : claimed) {
            if (claim.attempt().equals(running.get(claim.brid()))) {
                kept.add(claim.brid());
                held.add(claim);
            } else if (start.contains(claim)) {
                held.add(claim);
            } else {
                inbox.releaseUnasked(claim.attempt(), "its buildmaster no longer runs it");
            }
        }
        List<Integer> stop = new ArrayList<>(running.keySet());
        stop.removeAll(kept);
        return stop;
    }

    /** Returns the id of a builder; empty if the buildmaster has no builder of this name. */
    Optional<Integer> builderid(String builder) {
        return Optional.ofNullable(builderids.get(builder));
    }

    /** Returns the ids of all builders that the buildmaster has. */
    Collection<Integer> builderids() {
        return builderids.values();
    }

    /** Forgets the last hello, so that the next one is answered with the database. */
    public void forget() {
        lastOffer = null;
        held.clear();
    }
}
