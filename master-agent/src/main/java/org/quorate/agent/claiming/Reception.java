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
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Link;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.claim.Turn;
import org.quorate.event.Cursor;
import org.quorate.event.Events;
import org.quorate.master.Authority;
import org.quorate.master.Masters;
import org.quorate.scheduler.Schedulers;

/**
 * Receives a buildmaster: makes its builders and schedulers known, and settles who holds what. What it runs and this
 * authority does not hold is stopped; what is held and it does not run goes back to the queue, unless it has only not heard
 * of it yet. One thread, but for the readers of what is held.
 */
public final class Reception {
    private final Masters masters;
    private final Schedulers schedulers;
    private final Claims claims;
    private final Events events;
    private final BuildmasterInbox desk;
    private final Map<Integer, Claim> held = new ConcurrentHashMap<>();
    private volatile Map<String, Integer> builderids = Map.of();
    private Optional<Received> received = Optional.empty();

    /** Who was received last, with what it offered. */
    private record Received(Authority authority, List<Hello.Builder> builders, List<String> ownable) {
        static Received of(Authority authority, Hello hello) {
            return new Received(authority, hello.builders(), hello.ownable());
        }
    }

    public Reception(Masters masters, Schedulers schedulers, Claims claims, Events events, BuildmasterInbox desk) {
        this.masters = masters;
        this.schedulers = schedulers;
        this.claims = claims;
        this.events = events;
        this.desk = desk;
    }

    /** {@code unheard}: the token of claims of which the buildmaster is to hear now. */
    HelloAnswer receive(
            Authority authority, Hello hello, Link link, Optional<UUID> unheard, Duration lease, boolean draining) {
        List<String> builders =
                hello.builders().stream().map(Hello.Builder::name).toList();
        builderids = masters.offerBuilders(authority, builders);
        schedulers.enlist(authority, hello.ownable());
        // before the answer: what is said after it must not be missed
        Optional<Cursor> cursor =
                hello.heard().map(heard -> Cursor.resumed(heard, authority.masterid(), events::newest));
        List<Claim> claimed = claims.held(authority);
        List<Claim> start = claimed.stream()
                .filter(claim -> unheard.equals(Optional.of(claim.attempt())))
                .filter(claim -> !hello.running().contains(new Hello.Running(claim.brid(), claim.attempt())))
                .toList();
        List<Integer> stop = settle(claimed, start, hello);
        received = Optional.of(Received.of(authority, hello));
        desk.attach(new BuildmasterInbox.Attached(link, hello, cursor));
        return new HelloAnswer(authority.masterid(), authority.epoch(), stop, start, lease, draining);
    }

    /**
     * Receives, without the database, a buildmaster that only lost its link: what it offers is known there, and what is held is
     * known here. Empty for any other, which must wait.
     */
    Optional<HelloAnswer> receiveAgain(Authority authority, Hello hello, Link link, Duration lease, boolean draining) {
        boolean listensForTheFirstTime = hello.heard().filter(Map::isEmpty).isPresent();
        if (listensForTheFirstTime || !received.equals(Optional.of(Received.of(authority, hello)))) {
            return Optional.empty();
        }
        Optional<Cursor> cursor =
                hello.heard().map(heard -> Cursor.resumed(heard, authority.masterid(), events::newest));
        List<Integer> stop = settle(List.copyOf(held.values()), List.of(), hello);
        desk.attach(new BuildmasterInbox.Attached(link, hello, cursor));
        return Optional.of(new HelloAnswer(authority.masterid(), authority.epoch(), stop, List.of(), lease, draining));
    }

    private List<Integer> settle(List<Claim> claimed, List<Claim> start, Hello hello) {
        Map<Integer, Hello.Running> running = new HashMap<>();
        hello.running().forEach(r -> running.put(r.brid(), r));
        Set<Integer> kept = new HashSet<>();
        held.clear();
        for (Claim claim : claimed) {
            Hello.Running ours = running.get(claim.brid());
            if (ours != null && ours.attempt().equals(claim.attempt())) {
                kept.add(claim.brid());
                held.put(claim.brid(), claim);
            } else if (start.contains(claim)) {
                held.put(claim.brid(), claim);
            } else {
                desk.give(new Turn.Release(claim.brid(), claim.attempt(), "its buildmaster does not run it any more"));
            }
        }
        List<Integer> stop = new ArrayList<>(running.keySet());
        stop.removeAll(kept);
        return stop;
    }

    Optional<Integer> builderid(String builder) {
        return Optional.ofNullable(builderids.get(builder));
    }

    /** Of the builders that the buildmaster offers. */
    Collection<Integer> builderids() {
        return builderids.values();
    }

    void learn(Claim claim) {
        held.put(claim.brid(), claim);
    }

    void forget(int brid) {
        held.remove(brid);
    }

    /** Another attempt at the same buildrequest is not meant. */
    void forget(int brid, UUID attempt) {
        Claim claim = held.get(brid);
        if (claim != null && claim.attempt().equals(attempt)) {
            held.remove(brid, claim);
        }
    }

    public void forgetAll() {
        received = Optional.empty();
        held.clear();
    }

    /** The attempts that this agent knows to hold. */
    Set<Hello.Running> attempts() {
        return attempts(held.values());
    }

    static Set<Hello.Running> attempts(Collection<Claim> claims) {
        return claims.stream()
                .map(claim -> new Hello.Running(claim.brid(), claim.attempt()))
                .collect(Collectors.toSet());
    }

    /** Buildrequests that this agent knows to hold. Any thread. */
    public Set<Integer> known() {
        return Set.copyOf(held.keySet());
    }
}
