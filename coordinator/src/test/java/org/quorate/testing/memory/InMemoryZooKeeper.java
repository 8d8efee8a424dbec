package org.quorate.testing.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.quorate.identity.Pairing;
import org.quorate.master.Member;

/**
 * A ZooKeeper ensemble in memory, shared by the {@link InMemoryEnsemble}s that connect to it. A test can expire
 * sessions, disconnect single agents and stop the whole ensemble. Callbacks run in the thread that made the change,
 * after it. Thread-safe.
 */
public final class InMemoryZooKeeper {
    final Map<String, Held<Member>> masters = new TreeMap<>();
    final Map<String, Held<String>> schedulers = new TreeMap<>();
    /** The candidates in the order in which they entered; the first leads. */
    final Map<InMemoryEnsemble, String> candidates = new LinkedHashMap<>();

    Optional<Pairing> pairing = Optional.empty();

    final Duration sessionTimeout;

    private final List<InMemoryEnsemble> clients = new ArrayList<>();
    private boolean stopped;
    private long zxid;

    /** Creates an ensemble that grants sessions of 6 s. */
    public InMemoryZooKeeper() {
        this(Duration.ofSeconds(6));
    }

    public InMemoryZooKeeper(Duration sessionTimeout) {
        this.sessionTimeout = sessionTimeout;
    }

    /** Connects a new agent. */
    public synchronized InMemoryEnsemble connect() {
        InMemoryEnsemble client = new InMemoryEnsemble(this, ++zxid);
        clients.add(client);
        return client;
    }

    /**
     * Ends the agent's session and removes its nodes. Unless the agent is cut off, it has a new session at once,
     * without nodes.
     */
    public void expire(InMemoryEnsemble client) {
        change(() -> {
            String candidate = candidates.get(client);
            dropNodesOf(client);
            client.session = ++zxid;
            if (candidate != null) {
                candidates.put(client, candidate);
            }
            return true;
        });
    }

    /** Disconnects the agent; its nodes remain until {@link #expire}. */
    public void cutOff(InMemoryEnsemble client) {
        change(() -> client.cutOff = true);
        client.wake();
    }

    /** Connects the agent to the ensemble again. */
    public void reconnect(InMemoryEnsemble client) {
        change(() -> {
            client.cutOff = false;
            return true;
        });
    }

    /** Stops the ensemble: no agent reaches it. */
    public void stop() {
        change(() -> stopped = true);
        wakeAll();
    }

    /** Starts the ensemble again, with all its nodes and sessions. */
    public void start() {
        change(() -> {
            stopped = false;
            return true;
        });
    }

    /** Loses everything, as with empty data directories: the nodes, and all sessions. */
    public void wipe() {
        change(() -> {
            pairing = Optional.empty();
            return true;
        });
        List<InMemoryEnsemble> all;
        synchronized (this) {
            all = List.copyOf(clients);
        }
        all.forEach(this::expire);
    }

    synchronized boolean reaches(InMemoryEnsemble client) {
        return !stopped && !client.cutOff && clients.contains(client);
    }

    synchronized long next() {
        return ++zxid;
    }

    synchronized void forget(InMemoryEnsemble client) {
        dropNodesOf(client);
        clients.remove(client);
    }

    /** Changes the nodes and then, outside the lock, wakes all agents that see the change. */
    <T> T change(Supplier<T> change) {
        T result;
        List<InMemoryEnsemble> awake;
        synchronized (this) {
            result = change.get();
            Map<String, String> owners = new HashMap<>();
            schedulers.forEach((scheduler, held) -> owners.put(scheduler, held.content()));
            awake = clients.stream().filter(this::reaches).toList();
            awake.forEach(client -> client.owners = Map.copyOf(owners));
        }
        awake.forEach(InMemoryEnsemble::wake);
        return result;
    }

    private void wakeAll() {
        List<InMemoryEnsemble> all;
        synchronized (this) {
            all = List.copyOf(clients);
        }
        all.forEach(InMemoryEnsemble::wake);
    }

    private void dropNodesOf(InMemoryEnsemble client) {
        masters.values().removeIf(held -> held.session() == client.session);
        schedulers.values().removeIf(held -> held.session() == client.session);
        candidates.remove(client);
    }

    /** An ephemeral node. */
    record Held<T>(long session, T content) {}
}
