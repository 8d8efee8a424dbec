package org.quorate.agent.spool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.BuildmasterInbox.CompleteErrand;
import org.quorate.agent.inbox.BuildmasterInbox.Errand;
import org.quorate.claim.Completion;
import org.quorate.master.Authority;

/**
 * The completions that wait for the database: on disk, and here who waits for the answer. The buildmaster is answered only by
 * what the database decides. One thread.
 */
public final class PendingCompletions {
    private final Spool spool;
    private final SpoolReplayer replay;
    private final List<CompleteErrand> unanswered = new ArrayList<>();

    public PendingCompletions(Spool spool, SpoolReplayer replay) {
        this.spool = spool;
        this.replay = replay;
    }

    public boolean isEmpty() {
        return spool.isEmpty() && unanswered.isEmpty();
    }

    public int count() {
        return spool.count();
    }

    /** Moves the completions among these to the disk. What does not go there stays among them. */
    public void takeOver(Authority authority, List<Errand> errands) {
        List<CompleteErrand> completes = errands.stream()
                .filter(CompleteErrand.class::isInstance)
                .map(CompleteErrand.class::cast)
                .toList();
        if (completes.isEmpty()) {
            return;
        }
        if (spool.keep(
                authority, completes.stream().map(CompleteErrand::completion).toList())) {
            unanswered.addAll(completes);
            errands.removeAll(completes);
        }
    }

    /** As {@link SpoolReplayer#take}; who waits is answered. */
    public void tell(Authority authority, SpoolReplayer.Hearer hearer) {
        replay.take(Optional.of(authority), (completion, accepted) -> {
            answer(completion, accepted);
            hearer.hear(completion, accepted);
        });
        // what was decided elsewhere is known to the history
        refuseAll(new NotNow("say it again"));
    }

    private void answer(Completion completion, boolean accepted) {
        unanswered.removeIf(errand -> {
            boolean meant = errand.completion().brid() == completion.brid()
                    && errand.completion().attempt().equals(completion.attempt());
            return meant && errand.answer().complete(accepted);
        });
    }

    /** Whoever waits asks again; the disk keeps what it has. */
    public void refuseAll(RuntimeException why) {
        unanswered.forEach(errand -> errand.refuse(why));
        unanswered.clear();
    }
}
