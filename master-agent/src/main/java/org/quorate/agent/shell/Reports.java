package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quorate.agent.link.LinkError;
import org.quorate.agent.link.Wire;
import org.quorate.claim.Attempt;
import org.quorate.claim.Completion;
import org.quorate.claim.Turn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reports to the agent about ended claims. Each is kept until it is acknowledged, and sent again after the link was
 * lost. One thread: the loop's.
 */
final class Reports {
    private static final Logger LOG = LoggerFactory.getLogger(Reports.class);
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

    private final AgentConnection agent;
    private final Loop loop;
    private final Runnable acknowledged;
    private final Journal journal;
    private final Map<Attempt, Report> unacknowledged = new LinkedHashMap<>();

    private record Report(Attempt of, String method, ObjectNode params) {}

    /** {@code acknowledged} is called after each acknowledgement. */
    Reports(AgentConnection agent, Loop loop, Runnable acknowledged, Journal journal) {
        this.agent = agent;
        this.loop = loop;
        this.acknowledged = acknowledged;
        this.journal = journal;
    }

    void complete(Completion completion) {
        add(new Report(completion.attempt(), "complete", Wire.write(completion)));
    }

    void release(Turn.Release release) {
        add(new Report(release.attempt(), "release", Wire.write(release)));
    }

    private void add(Report report) {
        unacknowledged.put(report.of(), report);
        send(report);
    }

    /** Sends all reports again, after a new hello. */
    void sendAll() {
        List.copyOf(unacknowledged.values()).forEach(this::send);
    }

    List<Attempt> waiting() {
        return List.copyOf(unacknowledged.keySet());
    }

    /** Drops the reports of a buildrequest whose claim the agent does not hold any more. */
    void drop(int brid) {
        List.copyOf(unacknowledged.values()).stream()
                .filter(report -> report.of().brid() == brid)
                .forEach(report -> {
                    journal.answered(report.method(), report.of(), Journal.Answer.DROPPED);
                    unacknowledged.remove(report.of());
                });
    }

    private void send(Report report) {
        if (!agent.isOpen()) {
            return; // sendAll follows the next hello
        }
        agent.ask(report.method(), report.params(), new AgentConnection.Answer() {
            @Override
            public void succeeded(JsonNode result) {
                boolean accepted = Wire.accepted(result);
                journal.answered(report.method(), report.of(), accepted ? Journal.Answer.OK : Journal.Answer.REFUSED);
                if (!accepted) {
                    LOG.warn(
                            "{} of buildrequest {} refused: this master does not hold attempt {}",
                            report.method(),
                            report.of().brid(),
                            report.of().token());
                }
                forget(report);
            }

            @Override
            public void failed(LinkError error) {
                switch (error.code()) {
                    case LinkError.LINK_LOST -> {
                        journal.answered(report.method(), report.of(), Journal.Answer.UNKNOWN);
                        LOG.debug("{} waits for the link", report);
                    }
                    case LinkError.NOT_NOW, LinkError.FENCED -> {
                        var unused = loop.after(AGAIN_AFTER, () -> sendAgain(report));
                    }
                    default -> {
                        LOG.error("{} dropped, a fault of this program, report it: {}", report, error.sentence());
                        forget(report);
                    }
                }
            }
        });
    }

    private void sendAgain(Report report) {
        if (report.equals(unacknowledged.get(report.of()))) {
            send(report);
        }
    }

    private void forget(Report report) {
        unacknowledged.remove(report.of(), report);
        acknowledged.run();
    }
}
