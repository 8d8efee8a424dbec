package org.quorate.agent.spool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.InboxRequest;
import org.quorate.claim.Completion;
import org.quorate.master.Authority;

/**
 * The completions that could not be committed yet. The completions themselves are on disk; this class keeps the answers
 * for which the buildmaster waits. A completion is answered only after the database has accepted or refused it. One
 * thread.
 */
public final class PendingCompletions {
    private final Spool spool;
    private final SpoolReplayer replayer;
    private final List<InboxRequest.Complete> unanswered = new ArrayList<>();

    public PendingCompletions(Spool spool, SpoolReplayer replayer) {
        this.spool = spool;
        this.replayer = replayer;
    }

    public boolean isEmpty() {
        return spool.isEmpty() && unanswered.isEmpty();
    }

    public int count() {
        return spool.count();
    }

    /** Moves the completions among these requests to disk. If they cannot be written, they stay among the requests. */
    public void takeOver(Authority authority, List<InboxRequest> requests) {
        List<InboxRequest.Complete> completes = requests.stream()
                .filter(InboxRequest.Complete.class::isInstance)
                .map(InboxRequest.Complete.class::cast)
                .toList();
        if (completes.isEmpty()) {
            return;
        }
        if (spool.keep(
                authority,
                completes.stream().map(InboxRequest.Complete::completion).toList())) {
            unanswered.addAll(completes);
            requests.removeAll(completes);
        }
    }

    /**
     * Commits all of them, and answers those for which the buildmaster waits. Throws as {@link SpoolReplayer#replay}
     * does.
     */
    public void commit(Authority authority, SpoolReplayer.Listener listener) {
        replayer.replay(Optional.of(authority), (completion, accepted) -> {
            answer(completion, accepted);
            listener.decided(completion, accepted);
        });
        // another process of this agent committed the rest; when sent again, the history has them
        rejectAll(new NotNow("send it again"));
    }

    private void answer(Completion completion, boolean accepted) {
        unanswered.removeIf(request -> request.completion().attempt().equals(completion.attempt())
                && request.answer().complete(accepted));
    }

    /** Rejects the waiting requests; the buildmaster sends them again, and the completions stay on disk. */
    public void rejectAll(RuntimeException why) {
        unanswered.forEach(request -> request.reject(why));
        unanswered.clear();
    }
}
