package org.quorate.agent.spool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.InboxRequest;
import org.quorate.claim.Completion;
import org.quorate.master.Authority;

/**
 * The completions that could not be committed yet: the completions themselves are on disk, the answers that the buildmaster
 * waits for are here. A completion is answered only when the database has decided on it. One thread.
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

    /** Moves the completions among these requests to disk. What the disk does not take stays among them. */
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

    /** Commits all of them, and answers those that are still waited for. Throws as {@link SpoolReplayer#replay} does. */
    public void commit(Authority authority, SpoolReplayer.Listener listener) {
        replayer.replay(Optional.of(authority), (completion, accepted) -> {
            answer(completion, accepted);
            listener.decided(completion, accepted);
        });
        // another process of this agent committed the rest; asked again, the history knows it
        rejectAll(new NotNow("send it again"));
    }

    private void answer(Completion completion, boolean accepted) {
        unanswered.removeIf(request -> request.completion().attempt().equals(completion.attempt())
                && request.answer().complete(accepted));
    }

    /** The buildmaster sends them again; the disk keeps what it has. */
    public void rejectAll(RuntimeException why) {
        unanswered.forEach(request -> request.reject(why));
        unanswered.clear();
    }
}
