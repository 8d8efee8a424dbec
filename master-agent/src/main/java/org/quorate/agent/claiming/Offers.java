package org.quorate.agent.claiming;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.InboxRequest;
import org.quorate.agent.link.Offer;
import org.quorate.claim.Claims;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.StatementFailed;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;

/**
 * Sends the buildmaster the first buildrequests in the queues of some builders, so that it can choose before anything
 * is claimed. The agent remembers nothing of it. One thread.
 */
final class Offers {
    /** At most so many in one answer, over all builders. */
    private static final int MOST = 20_000;

    private static final UUID NO_TOKEN = new UUID(0, 0);

    private final Claims claims;
    private final Handshake handshake;
    private final int mostOfABuilder;

    Offers(Claims claims, Handshake handshake, int mostOfABuilder) {
        this.claims = claims;
        this.handshake = handshake;
        this.mostOfABuilder = mostOfABuilder;
    }

    /**
     * Answers the requests for candidates among these, and removes them.
     *
     * @param isOpen whether this master may claim; if not, nothing is offered
     */
    void answer(List<InboxRequest> waiting, boolean isOpen) {
        for (InboxRequest.Candidates request : ClaimTurns.of(InboxRequest.Candidates.class, waiting)) {
            try {
                request.answer().complete(isOpen ? candidates(request.builders()) : List.of());
            } catch (StatementFailed e) {
                request.reject(new NotNow("the queue cannot be read: " + e.reason()));
            }
            waiting.remove(request);
        }
    }

    private List<Offer> candidates(List<String> builders) {
        Map<Integer, String> names = new HashMap<>();
        builders.forEach(builder -> handshake.builderid(builder).ifPresent(id -> names.put(id, builder)));
        List<Wanted> wanted = names.keySet().stream()
                .map(id -> new Wanted(id, mostOfABuilder, LowWaterMark.LOWEST))
                .toList();
        if (wanted.isEmpty()) {
            return List.of();
        }
        return claims.candidates(new Turn(NO_TOKEN, List.of(), List.of(), wanted, MOST)).stream()
                .map(each -> new Offer(each.brid(), names.getOrDefault(each.builderid(), ""), each.priority()))
                .toList();
    }
}
