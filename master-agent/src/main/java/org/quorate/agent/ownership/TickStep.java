package org.quorate.agent.ownership;

import java.time.Duration;
import java.util.Optional;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.loop.Step;
import org.quorate.agent.metrics.Metrics;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Fenced;
import org.quorate.master.UnknownOutcome;
import org.quorate.scheduler.Schedulers;

/**
 * Commits the ticks that the buildmaster sent (T7). An unknown outcome is answered with "not now": the buildmaster
 * sends the same occasion again, and the unique key of the occasion shows whether it was committed. One thread.
 */
public final class TickStep implements Step {
    private static final Duration REST = Duration.ofSeconds(10);

    private final Schedulers schedulers;
    private final MasterStateHolder masterState;
    private final BuildmasterInbox inbox;
    private final Metrics metrics;

    public TickStep(Schedulers schedulers, MasterStateHolder masterState, BuildmasterInbox inbox, Metrics metrics) {
        this.schedulers = schedulers;
        this.masterState = masterState;
        this.inbox = inbox;
        this.metrics = metrics;
    }

    @Override
    public Taken take() {
        String sentence = "";
        for (BuildmasterInbox.TickRequest request = inbox.nextTick(); request != null; request = inbox.nextTick()) {
            sentence = answer(request);
        }
        return new Taken(sentence, REST);
    }

    private String answer(BuildmasterInbox.TickRequest request) {
        Optional<Authority> authority = masterState.authority();
        if (authority.isEmpty()) {
            request.answer().completeExceptionally(new NotNow("this master does not trust itself now"));
            return "";
        }
        try {
            Schedulers.TickResult result = schedulers.tick(authority.get(), request.tick());
            metrics.ticked(result.state());
            if (result.state() == Schedulers.TickResult.State.DRAINED) {
                request.answer().completeExceptionally(new NotNow("this master is drained or held"));
                return "ticks wait: this master is drained or held";
            }
            request.answer().complete(result);
            return "";
        } catch (Fenced e) {
            metrics.refusedWrite();
            request.answer().completeExceptionally(e);
            return String.valueOf(e.getMessage());
        } catch (DatabaseUnreachable | UnknownOutcome e) {
            request.answer().completeExceptionally(new NotNow(String.valueOf(e.getMessage())));
            return "ticks wait: " + e.getMessage();
        } catch (RuntimeException | Error e) {
            // an unexpected error; but a scheduler whose tick is not answered never ticks again
            request.answer().completeExceptionally(new NotNow("the tick failed: " + e.getMessage()));
            throw e;
        }
    }
}
