package org.quorate.agent.claiming;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.quorate.agent.link.FreeSlots;
import org.quorate.claim.Claim;
import org.quorate.claim.ClaimBackoff;
import org.quorate.claim.ClaimBudget;
import org.quorate.claim.LowWaterMarks;
import org.quorate.claim.Turn;

/**
 * Decides how many buildrequests the next turn may claim, and where in the queues it begins to look. After an empty
 * answer the agent asks the database again only on a hint or at the next poll. One thread, except the hints.
 */
final class QueueLook {
    /** A turn must end within the statement timeout, however much a buildmaster asks for. */
    static final int CLAIMS_MAX = 400;

    private final Handshake handshake;
    private final LowWaterMarks marks = new LowWaterMarks();
    private final ClaimBackoff backoff = new ClaimBackoff();
    private final AtomicBoolean hinted = new AtomicBoolean(true);
    private final AtomicBoolean belowTheMarks = new AtomicBoolean();

    QueueLook(Handshake handshake) {
        this.handshake = handshake;
    }

    /** There may be something to claim. Any thread. */
    void hint() {
        hinted.set(true);
    }

    /** There may be something to claim, also before the low-water marks. Any thread. */
    void hintAnywhere() {
        belowTheMarks.set(true);
        hinted.set(true);
    }

    /** Forgets the low-water marks of all queues. */
    void forgetMarks() {
        marks.forgetAll();
    }

    ClaimBudget budget(FreeSlots slots, long nowNanos) {
        if (hinted.getAndSet(false)) {
            backoff.forgetAll();
        }
        if (belowTheMarks.getAndSet(false)) {
            marks.forgetAll();
        }
        List<ClaimBudget.Room> rooms = new ArrayList<>();
        slots.slots()
                .forEach((builder, free) ->
                        handshake.builderid(builder).ifPresent(id -> rooms.add(new ClaimBudget.Room(id, free))));
        ClaimBudget budget = ClaimBudget.of(slots.limit(), CLAIMS_MAX, rooms, marks, nowNanos);
        return backoff.isWorthALook(budget) ? budget : ClaimBudget.NOTHING;
    }

    /** Returns what the buildmaster has chosen of the builders that it has. */
    List<Turn.Chosen> chosen(FreeSlots slots) {
        return slots.chosen().entrySet().stream()
                .flatMap(each -> handshake.builderid(each.getKey()).stream()
                        .flatMap(id -> each.getValue().stream().map(brid -> new Turn.Chosen(id, brid))))
                .distinct()
                .limit(CLAIMS_MAX)
                .toList();
    }

    /** Learns from a turn. */
    void learn(ClaimBudget asked, List<Claim> claimed, long nowNanos) {
        marks.learn(asked, claimed, nowNanos);
        backoff.learn(asked, claimed, nowNanos);
    }

    /** Returns whether a second look has become due; true only once. */
    boolean becameDue(long nowNanos) {
        return backoff.becameDue(nowNanos);
    }

    /** Returns whether a second look will become due. */
    boolean isWaiting() {
        return backoff.isWaiting();
    }
}
