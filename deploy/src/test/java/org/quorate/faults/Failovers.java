package org.quorate.faults;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Every fence of a run, with the fault that caused it, and how soon the released buildrequests were claimed again. */
final class Failovers {
    /**
     * For this time after a fault was undone it may still be the cause: a quorum that is back serves some seconds
     * later.
     */
    private static final Duration AFTERMATH = Duration.ofSeconds(8);
    /**
     * The end of a session, the grace and the fence itself, on a machine that has stood still and has much to catch up
     * with.
     */
    private static final Duration FROM_STALL_TO_FENCE = Duration.ofSeconds(20);

    private final List<Fence> fences = new ArrayList<>();
    private final List<Double> releases;

    /**
     * One fence.
     *
     * @param cause the first fault of this master since it last registered; empty: none
     * @param storeFaults the faults of the stores between that fault and the fence, or shortly before
     * @param othersHit the faults that meanwhile took other masters from sight. The next housekeeper may be among these
     *     masters; then the one after it waits for that session too.
     */
    record Fence(
            String master,
            Instant at,
            Optional<Chronicle.Deed> cause,
            List<String> storeFaults,
            List<String> othersHit) {
        double seconds() {
            return cause.map(deed -> Duration.between(deed.began(), at).toMillis() / 1000.0)
                    .orElse(0.0);
        }

        /** Returns whether both stores were in order from the fault to the fence. */
        boolean isClean() {
            return cause.isPresent() && storeFaults.isEmpty();
        }

        String text() {
            return master + " after " + seconds() + " s, "
                    + cause.map(deed -> deed.fault().kind().word()).orElse("without a fault of its own")
                    + (storeFaults.isEmpty() ? "" : ", meanwhile " + String.join(", ", storeFaults))
                    + (othersHit.isEmpty() ? "" : ", others hit: " + String.join(", ", othersHit));
        }
    }

    public Failovers(Ledger ledger, List<Chronicle.Deed> deeds) {
        for (Map<String, String> row :
                ledger.rows("select extract(epoch from h.at) as at, m.name, (select extract(epoch "
                        + "from max(r.at)) from quorate.history r"
                        + " where r.masterid = h.masterid and r.kind in ('register', "
                        + "'resume') and r.seq < h.seq) as since"
                        + " from quorate.history h join quorate.master m on m.masterid = h.masterid"
                        + " where h.kind = 'fence' order by h.seq")) {
            fences.add(fence(row.get("name"), instant(row.get("since")), instant(row.get("at")), deeds));
        }
        releases = ledger
                .rows("select extract(epoch from (select min(c.at) from quorate.history c where c.brid = h.brid"
                        + " and c.kind = 'claim' and c.seq > h.seq) - h.at) as seconds from quorate.history h"
                        + " where h.kind = 'release' and h.leader_epoch is not null")
                .stream()
                .map(row -> row.get("seconds"))
                .filter(seconds -> !seconds.isEmpty())
                .map(Double::valueOf)
                .toList();
    }

    private static Instant instant(String timestamp) {
        return timestamp.isEmpty()
                ? Instant.MIN
                : Instant.ofEpochMilli(Math.round(Double.parseDouble(timestamp) * 1000));
    }

    private static Fence fence(String master, Instant since, Instant at, List<Chronicle.Deed> deeds) {
        List<Chronicle.Deed> own = deeds.stream()
                .filter(deed -> deed.fault().kind().isOfProcesses()
                        || deed.fault().kind().isOfNetwork()
                        || deed.fault().kind() == Kind.DELETE_MASTER_NODE
                        || deed.fault().kind() == Kind.FOREIGN_MASTER_NODE)
                .filter(deed -> deed.fault().master().equals(master))
                .filter(deed -> deed.began().isBefore(at)
                        && (deed.ended().equals(Instant.MAX)
                                || deed.ended().plus(AFTERMATH).isAfter(at)))
                .toList();
        Optional<Chronicle.Deed> cause = own.stream()
                .filter(deed ->
                        deed.began().isAfter(since) && deed.fault().kind().endsTrust())
                .min(Comparator.comparing(Chronicle.Deed::began))
                .or(() -> own.stream().max(Comparator.comparing(Chronicle.Deed::began)));
        Instant from = cause.map(Chronicle.Deed::began).orElse(at.minusSeconds(20));
        return new Fence(
                master,
                at,
                cause,
                deeds.stream()
                        .filter(deed -> deed.fault().kind().isOfPostgres()
                                || deed.fault().kind().isOfZooKeeper()
                                || deed.fault().kind() == Kind.DELETE_LATCH_NODE)
                        .filter(deed -> deed.overlaps(from.minus(AFTERMATH), at))
                        .map(deed -> deed.fault().kind().word())
                        .distinct()
                        .toList(),
                deeds.stream()
                        .filter(deed -> deed.fault().kind().endsTrust()
                                && !deed.fault().master().equals(master))
                        .filter(deed -> deed.overlaps(from, at))
                        .map(deed -> deed.fault().kind().word() + " of "
                                + deed.fault().master())
                        .distinct()
                        .toList());
    }

    List<Fence> fences() {
        return List.copyOf(fences);
    }

    /**
     * Returns the fences without a fault of that master, with both stores in order, on a machine that did not stand
     * still.
     */
    List<Fence> unexplained(Stalls stalls) {
        return fences.stream()
                .filter(fence -> fence.cause().isEmpty() && fence.storeFaults().isEmpty())
                .filter(fence -> !stalls.between(fence.at().minus(FROM_STALL_TO_FENCE), fence.at()))
                .toList();
    }

    Spans faultToFence() {
        return Spans.of(fences.stream()
                .filter(fence -> fence.cause().isPresent())
                .map(Fence::seconds)
                .collect(Collectors.toList()));
    }

    /** Returns the times of only those failovers during which no fault hit the stores. */
    Spans faultToFenceInOrder() {
        return Spans.of(
                fences.stream().filter(Fence::isClean).map(Fence::seconds).collect(Collectors.toList()));
    }

    Spans releaseToClaim() {
        return Spans.of(releases);
    }
}
