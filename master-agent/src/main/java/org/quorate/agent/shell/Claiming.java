package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.LinkError;
import org.quorate.agent.link.Wire;
import org.quorate.claim.Claim;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims buildrequests through the agent while there are free slots, one request at a time. One thread: the loop's. */
final class Claiming {
    private static final Logger LOG = LoggerFactory.getLogger(Claiming.class);

    private final Configuration configuration;
    private final Builds builds;
    private final AgentConnection agent;
    private final Consumer<List<Claim>> start;
    private boolean asking;
    private @Nullable UUID unanswered;
    private boolean askAgain;
    private boolean draining;
    private boolean stopped;

    /** {@code start} is called with the claims. */
    Claiming(Configuration configuration, Builds builds, AgentConnection agent, Consumer<List<Claim>> start) {
        this.configuration = configuration;
        this.builds = builds;
        this.agent = agent;
        this.start = start;
    }

    void drain(boolean on) {
        draining = on;
        look();
    }

    /** Stops claiming for good. */
    void stop() {
        stopped = true;
    }

    boolean isAsking() {
        return asking;
    }

    /** Returns the token of a request that was not answered, so that its claims are unknown here. */
    Optional<UUID> unanswered() {
        return Optional.ofNullable(unanswered);
    }

    /** Handles the answer to the last request; it may arrive late, in the answer to hello. */
    void answered(List<Claim> claims) {
        unanswered = null;
        start.accept(claims);
    }

    /** Claims if there are free slots. Called on a wake-up, when a slot becomes free, and every few seconds. */
    void look() {
        if (asking) {
            askAgain = true;
            return;
        }
        Map<String, Integer> slots = freeSlots();
        int free = configuration.slots() - builds.count();
        if (stopped || draining || slots.isEmpty() || !agent.isOpen()) {
            return;
        }
        asking = true;
        askAgain = false;
        UUID token = UUID.randomUUID();
        FreeSlots ask = new FreeSlots(slots, free, Optional.of(token));
        unanswered = token;
        agent.ask("claim", Wire.write(ask), new AgentConnection.Answer() {
            @Override
            public void succeeded(JsonNode result) {
                asking = false;
                List<Claim> claims = Wire.claims(result);
                answered(claims);
                // an empty answer does not mean an empty queue, but the next look waits for the poll or a wake-up
                if (!claims.isEmpty() || askAgain) {
                    look();
                }
            }

            @Override
            public void failed(LinkError error) {
                asking = false;
                LOG.debug("claimed nothing: {}", error.sentence());
            }
        });
    }

    private Map<String, Integer> freeSlots() {
        int free = configuration.slots() - builds.count();
        Map<String, Integer> slots = new LinkedHashMap<>();
        for (ShellBuilder builder : configuration.builders().values()) {
            int ofBuilder = Math.min(free, builder.slots() - builds.countOf(builder.name()));
            if (ofBuilder > 0) {
                slots.put(builder.name(), ofBuilder);
            }
        }
        return slots;
    }
}
