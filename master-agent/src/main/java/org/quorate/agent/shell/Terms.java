package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.quorate.agent.link.LinkError;
import org.quorate.agent.link.Wire;
import org.quorate.agent.shell.Configuration.Scheduler;
import org.quorate.agent.shell.Term.Occasion;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.Schedulers.TickResult;
import org.quorate.scheduler.Tick;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schedulers that this master owns, and their ticks. The tick of an occasion whose outcome is unknown is sent again
 * in the next term: the database commits it once. One thread: the loop's.
 */
final class Terms {
    private static final Logger LOG = LoggerFactory.getLogger(Terms.class);
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);
    private static final Duration LEAST_WAIT = Duration.ofMillis(20);

    private final Configuration configuration;
    private final AgentConnection agent;
    private final Lease lease;
    private final Loop loop;
    private final LongSupplier nanoTime;
    private final Map<String, Owned> owned = new HashMap<>();
    private final Map<String, Occasion> doubtful = new HashMap<>();
    private long databaseMillis;
    private long databaseMillisReadAtNanos;

    /** A term with its pending request and its timer. */
    private static final class Owned {
        private final Term term;
        private boolean asking;
        private Future<?> timer = CompletableFuture.completedFuture(null);

        Owned(Term term) {
            this.term = term;
        }
    }

    Terms(Configuration configuration, AgentConnection agent, Lease lease, Loop loop, LongSupplier nanoTime) {
        this.configuration = configuration;
        this.agent = agent;
        this.lease = lease;
        this.loop = loop;
        this.nanoTime = nanoTime;
    }

    void own(Ownership own, long receivedNanos) {
        Scheduler scheduler = configuration.schedulers().get(own.scheduler());
        if (scheduler == null) {
            LOG.warn("ignored a term of {}, which is not in the configuration", own.scheduler());
            return;
        }
        disown(own.scheduler());
        setClock(own.nowEpochMillis(), receivedNanos);
        Owned fresh = new Owned(new Term(scheduler, own, Optional.ofNullable(doubtful.remove(own.scheduler()))));
        owned.put(own.scheduler(), fresh);
        LOG.info(
                "owns {} for term {}{}", own.scheduler(), own.term(), own.enabled() ? "" : ", disabled by an operator");
        step(fresh);
    }

    void disown(String scheduler) {
        Optional.ofNullable(owned.remove(scheduler)).ifPresent(gone -> {
            gone.timer.cancel(false);
            LOG.info("term {} of {} ended here", gone.term.number(), scheduler);
        });
    }

    /** Drops all terms, since the link was lost or this buildmaster stops; the agent sends the current ones again. */
    void disownAll() {
        List.copyOf(owned.keySet()).forEach(this::disown);
    }

    void due(String scheduler, List<Integer> buildsets) {
        Optional.ofNullable(owned.get(scheduler)).ifPresent(each -> {
            each.term.due(buildsets);
            step(each);
        });
    }

    private boolean isCurrent(Owned each) {
        return owned.get(each.term.scheduler().name()) == each;
    }

    private void step(Owned each) {
        each.timer.cancel(false);
        if (each.asking || !isCurrent(each) || !lease.isGood()) {
            return;
        }
        Term.Next next = each.term.next(databaseNow());
        next.fire().ifPresent(occasion -> ask(each, occasion));
        next.pause().ifPresent(pause -> stepAfter(each, pause));
    }

    private void stepAfter(Owned each, Duration pause) {
        each.timer = loop.after(pause.compareTo(LEAST_WAIT) < 0 ? LEAST_WAIT : pause, () -> step(each));
    }

    private void ask(Owned each, Occasion occasion) {
        Scheduler scheduler = each.term.scheduler();
        Tick tick = new Tick(
                scheduler.name(),
                each.term.number(),
                occasion.text(),
                occasion.at().getEpochSecond(),
                scheduler.builders(),
                scheduler.priority(),
                occasion.reason(),
                scheduler.properties());
        each.asking = true;
        agent.ask("tick", Wire.write(tick), new AgentConnection.Answer() {
            @Override
            public void succeeded(JsonNode result) {
                each.asking = false;
                answered(each, occasion, Wire.tickResult(result));
            }

            @Override
            public void failed(LinkError error) {
                each.asking = false;
                refused(each, occasion, error);
            }
        });
    }

    private void answered(Owned each, Occasion occasion, TickResult result) {
        setClock(result.nowEpochMillis(), nanoTime.getAsLong());
        if (result.state() == TickResult.State.EARLY) {
            stepAfter(each, Duration.between(databaseNow(), occasion.at()));
            return;
        }
        LOG.info("{} {}: {}", each.term.scheduler().name(), occasion.text(), sentence(result));
        each.term.settled(occasion);
        step(each);
    }

    private static String sentence(TickResult result) {
        return switch (result.state()) {
            case COMMITTED -> "committed as buildset " + result.buildsetid();
            case ALREADY -> "was committed before";
            case DISABLED -> "not committed, the scheduler is disabled";
            case EARLY, DRAINED -> "not yet";
        };
    }

    private void refused(Owned each, Occasion occasion, LinkError error) {
        String name = each.term.scheduler().name();
        switch (error.code()) {
            case LinkError.LINK_LOST -> doubtful.put(name, occasion);
            case LinkError.NOT_NOW -> {
                if (isCurrent(each)) {
                    stepAfter(each, AGAIN_AFTER);
                } else {
                    doubtful.put(name, occasion);
                }
            }
            case LinkError.FENCED -> {
                LOG.warn("{} {}: {}", name, occasion.text(), error.sentence());
                if (isCurrent(each)) {
                    disown(name);
                }
            }
            default -> {
                LOG.error(
                        "{} {} is dropped, a fault of this program, report it: {}",
                        name,
                        occasion.text(),
                        error.sentence());
                each.term.settled(occasion);
                step(each);
            }
        }
    }

    private void setClock(long epochMillis, long readAtNanos) {
        databaseMillis = epochMillis;
        databaseMillisReadAtNanos = readAtNanos;
    }

    /** Returns the database's last known time plus the monotonic time since; never this machine's clock. */
    private Instant databaseNow() {
        return Instant.ofEpochMilli(databaseMillis)
                .plus(Duration.ofNanos(nanoTime.getAsLong() - databaseMillisReadAtNanos));
    }
}
