package org.quorate.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.quorate.acceptance.Command;

/**
 * Checks at the end of a run that all promises were kept: by {@code quorate verify}, by other statements on the
 * history, by the answers that clients and buildmasters received, and by what the builds really did. One thread.
 */
final class Checker {
    private static final String LOCKED = "select h.seq, h.at, h.kind, h.brid, h.masterid, h.epoch, h.attempt, h.why,"
            + " lag(h.kind) over w as before, lag(h.attempt) over w as holder from quorate.history h"
            + " where h.kind in ('claim', 'complete', 'release') window w as (partition by h.brid order by h.seq)";

    /** Statements that must return no row. */
    private static final Map<String, String> HISTORY = new LinkedHashMap<>();

    static {
        HISTORY.put(
                "claimed while another held it",
                "select * from (" + LOCKED + ") h where h.kind = 'claim' and h.before = 'claim'");
        HISTORY.put(
                "completed by somebody who did not hold it",
                "select * from (" + LOCKED + ") h where h.kind = 'complete'"
                        + " and (h.before, h.holder) is distinct from ('claim', h.attempt)");
        HISTORY.put(
                "completed twice",
                "select h.* from quorate.history h where h.kind = 'complete' and h.brid in (select brid from"
                        + " quorate.history where kind = 'complete' group by brid having "
                        + "count(*) > 1) order by h.brid, h.seq");
        HISTORY.put(
                "written in an epoch that was over",
                "select h.seq, h.kind, h.brid, h.masterid, h.epoch, f.seq as fenced_by from quorate.history h"
                        + " join quorate.history f on f.masterid = h.masterid and f.kind in ('fence', 'leave')"
                        + " and f.epoch >= h.epoch and f.seq < h.seq where h.kind in "
                        + "('claim', 'complete', 'own', 'tick')");
        HISTORY.put(
                "an epoch that was issued twice",
                "select masterid, epoch, count(*) from quorate.history where kind = 'register'"
                        + " group by masterid, epoch having count(*) > 1");
        HISTORY.put(
                "a tick that happened twice",
                "select schedulerid, occasion, count(*) from quorate.history where kind = 'tick'"
                        + " group by schedulerid, occasion having count(*) > 1");
        HISTORY.put(
                "fenced by a leader that was deposed",
                "select * from (select h.*, max(h.leader_epoch) filter (where h.kind = 'lead') over (order by h.seq)"
                        + " as current from quorate.history h) h where h.kind = 'fence' "
                        + "and h.leader_epoch <> h.current");
        HISTORY.put(
                "held by a master that is not the one of that epoch",
                "select k.*, m.state, m.epoch as now from quorate.claim k left join quorate.master m"
                        + " on m.masterid = k.masterid where m.epoch is distinct from k.epoch or m.state <> 'active'");
        HISTORY.put(
                "complete, without a completion in the history",
                "select r.id, r.results from buildrequests r where r.complete = 1 and not exists (select 1 from"
                        + " quorate.history h where h.brid = r.id and h.kind in ('complete', 'cancel'))");
        HISTORY.put(
                "completed in the history, but not in the table",
                "select h.* from quorate.history h join buildrequests r on r.id = h.brid"
                        + " where h.kind = 'complete' and r.complete = 0");
    }

    private final Cluster cluster;
    private final Ledger ledger;
    private final List<Violation> violations = new ArrayList<>();

    Checker(Cluster cluster) {
        this.cluster = cluster;
        this.ledger = cluster.ledger();
    }

    List<Violation> violations() {
        return List.copyOf(violations);
    }

    void add(String check, String what, List<String> evidence) {
        if (!evidence.isEmpty()) {
            violations.add(new Violation(check, what, evidence));
        }
    }

    /** Checks everything that the database alone shows. */
    void checkHistory() {
        Command.Result verify = cluster.quorate("verify");
        if (verify.exit() != 0) {
            add(
                    "quorate verify",
                    "exit code " + verify.exit(),
                    Stream.concat(verify.out().lines(), verify.err().lines()).toList());
        }
        HISTORY.forEach((check, sql) -> add(
                check, "these", ledger.rows(sql).stream().map(Object::toString).toList()));
    }

    /**
     * Checks that everything that was acknowledged exists: buildrequests, completions, and the claims of builds that
     * began.
     */
    void checkNothingLost(Losses losses) {
        add(
                "lost submissions",
                "acknowledged, and not in the database",
                losses.submissions().stream().map(Object::toString).toList());
        add(
                "accepted completions",
                "reported to the buildmaster as accepted, and not in the history",
                losses.completions().stream()
                        .map(each -> each + story(String.valueOf(each.brid())))
                        .toList());
        add(
                "lost claims",
                "a build began, and the history does not have its claim",
                losses.claims().stream()
                        .map(each -> each + story(String.valueOf(each.brid())))
                        .toList());
    }

    /** Checks, where the database may lose what it acknowledged, that each loss was noticed. */
    void checkLossesNoticed(Losses losses) {
        add(
                "lost claims that nobody noticed",
                "the build ran to its end, and no agent refused it",
                losses.unnoticed().stream()
                        .map(each -> each + story(String.valueOf(each.brid())))
                        .toList());
    }

    /** Checks that no work is left, and that all of it succeeded. */
    void checkRequests(Set<Integer> cancelled) {
        Map<Integer, Map<String, String>> found = new HashMap<>();
        ledger.rows("select id, complete, results from buildrequests")
                .forEach(row -> found.put(Integer.parseInt(row.get("id")), row));
        add(
                "lost buildrequests",
                "not complete although nothing is wrong any more",
                ledger
                        .rows("select r.id, b.name as builder, c.masterid, q.epoch, q.attempt from buildrequests r"
                                + " join builders b on b.id = r.builderid left join "
                                + "buildrequest_claims c on c.brid = r.id"
                                + " left join quorate.claim q on q.brid = r.id where r.complete = 0 order by r.id")
                        .stream()
                        .map(row -> row + story(row.get("id")))
                        .toList());
        add(
                "results",
                "complete with another result than success, and no operator asked for it",
                found.values().stream()
                        .filter(row -> row.get("complete").equals("1")
                                && !row.get("results").equals("0"))
                        .filter(row -> !(row.get("results").equals("6")
                                && cancelled.contains(Integer.parseInt(row.get("id")))))
                        .map(row -> row + story(row.get("id")))
                        .toList());
    }

    /** Returns all rows of the history about a buildrequest. */
    private String story(String brid) {
        StringBuilder story = new StringBuilder();
        ledger.rows(
                        "select seq, at, kind, masterid, epoch, attempt, results, actor, why from quorate.history"
                                + " where brid = ? order by seq",
                        Integer.parseInt(brid))
                .forEach(row -> story.append("\n        ").append(row));
        return story.toString();
    }

    /** Checks that the history has no completion that was refused. */
    void checkRefusals(Answers answers) {
        Set<String> completions = new HashSet<>();
        ledger.rows("select brid, attempt from quorate.history where kind = 'complete'")
                .forEach(row -> completions.add(row.get("brid") + " " + row.get("attempt")));
        add(
                "refused completions",
                "reported to the buildmaster as refused, and in the history",
                answers.that("REFUSED").stream()
                        .filter(each -> completions.contains(each.brid() + " " + each.attempt()))
                        .map(each -> each + story(String.valueOf(each.brid())))
                        .toList());
    }

    /** Checks that for each success a build ran from its start to its end. */
    void checkEffects(Effects effects) {
        add(
                "effects",
                "completed as a success by an attempt whose build did not run to its end",
                ledger
                        .rows("select brid, attempt, masterid from quorate.history where "
                                + "kind = 'complete' and results = 0")
                        .stream()
                        .filter(row -> !effects.hasWhole(Integer.parseInt(row.get("brid")), row.get("attempt")))
                        .map(row -> row + story(row.get("brid")))
                        .toList());
    }

    /** Checks, after a run without harmful faults, that no master lost its epoch and no claim was released. */
    void checkUnharmed() {
        add(
                "unharmed masters",
                "fenced, or in another epoch than their first",
                ledger
                        .rows("select h.* from quorate.history h where h.kind = 'fence' or "
                                + "(h.kind = 'register' and exists"
                                + " (select 1 from quorate.history f where f.kind = 'register'"
                                + " and f.masterid = h.masterid and f.seq < h.seq)) order by h.seq")
                        .stream()
                        .map(Object::toString)
                        .toList());
        add(
                "kept claims",
                "released",
                ledger.rows("select brid, attempt, at, why from quorate.history where kind = 'release'").stream()
                        .map(Object::toString)
                        .toList());
    }
}
