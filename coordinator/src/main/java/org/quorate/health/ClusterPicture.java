package org.quorate.health;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The cluster at one moment, as one reader of both stores sees it.
 *
 * @param leads whether a living master is the housekeeper
 * @param queues only builders with pending buildrequests
 * @param schedulers only enabled ones that no open master owns
 * @param setAside for each buildrequest that the agents pass over: its number, its builder and the reason
 * @param givenBack for each buildrequest that is claimed and given back over and over: the same, and how often
 * @param hold by whom, until when and why everything is held; empty: it is not
 */
public record ClusterPicture(
        Store database,
        Store zooKeeper,
        boolean leads,
        List<MasterPicture> masters,
        List<Queue> queues,
        List<Resting> schedulers,
        List<String> setAside,
        List<String> givenBack,
        Optional<String> hold) {
    /** The state of a store: whether it answers. */
    public enum Store {
        UP,
        DOWN,
        /** Only ZooKeeper: whether it answers is not known. */
        NOT_ASKED
    }

    /** The state of a master, as the view {@code quorate_v1.masters} names it. */
    public enum State {
        ACTIVE,
        /** Takes nothing new: an operator drained it or holds it. */
        DRAINING,
        FENCED,
        DEAD,
        /** A Buildbot master without an agent. */
        STOCK
    }

    /**
     * A master.
     *
     * @param alive whether ZooKeeper has its node; empty if that is not known, or if the master has no agent
     * @param builders how many builders it offers
     * @param held how many buildrequests it holds
     * @param trouble why its buildmaster does not start; empty: nothing is known
     */
    public record MasterPicture(
            String name, State state, Optional<Boolean> alive, long builders, long held, String trouble) {
        /** Returns whether it can work: it is not over in the database, and ZooKeeper does not say that it is gone. */
        public boolean works() {
            return state == State.STOCK || (current() && alive.orElse(true));
        }

        /** Returns whether it works and takes new buildrequests. */
        public boolean isOpen() {
            return works() && state != State.DRAINING;
        }

        private boolean current() {
            return state == State.ACTIVE || state == State.DRAINING;
        }

        /** Returns whether its failover is still to come. */
        public boolean waitsForFailover() {
            return state == State.FENCED || (current() && !alive.orElse(true));
        }
    }

    /**
     * A builder with pending buildrequests.
     *
     * @param masters names of the masters that have the builder, whatever their state
     */
    public record Queue(String builder, long pending, Set<String> masters) {
        public Queue {
            masters = Set.copyOf(masters);
        }
    }

    /**
     * An enabled scheduler that does not run.
     *
     * @param owner the drained master that owns it; empty: none does
     */
    public record Resting(String scheduler, Optional<String> owner) {}

    public ClusterPicture {
        masters = List.copyOf(masters);
        queues = List.copyOf(queues);
        schedulers = List.copyOf(schedulers);
        setAside = List.copyOf(setAside);
        givenBack = List.copyOf(givenBack);
    }
}
