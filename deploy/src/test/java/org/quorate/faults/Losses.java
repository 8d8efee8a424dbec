package org.quorate.faults;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What clients or buildmasters were promised and the database does not have at the end, as after a failover to a
 * standby that lagged.
 *
 * @param submissions acknowledged to clients
 * @param completions acknowledged to buildmasters as accepted
 * @param claims claims of builds that began
 * @param unnoticed claims whose build ran to its end, and whose completion got no answer
 */
record Losses(
        List<Integer> submissions,
        List<Answers.Answer> completions,
        List<Effects.Build> claims,
        List<Effects.Build> unnoticed) {

    static Losses of(Ledger ledger, Set<Integer> acknowledged, Answers answers, Effects effects) {
        Set<String> requests = new HashSet<>();
        ledger.rows("select id from buildrequests").forEach(row -> requests.add(row.get("id")));
        Set<String> claims = new HashSet<>();
        Set<String> completions = new HashSet<>();
        ledger.rows("select kind, brid, attempt from quorate.history where kind in ('claim', 'complete')")
                .forEach(row -> (row.get("kind").equals("claim") ? claims : completions)
                        .add(row.get("brid") + " " + row.get("attempt")));
        Set<String> settled = Stream.of("OK", "REFUSED", "DROPPED")
                .flatMap(word -> answers.that(word).stream())
                .map(Answers.Answer::key)
                .collect(Collectors.toSet());
        List<Effects.Build> lost = effects.all().stream()
                .filter(run -> !claims.contains(run.key()))
                .toList();
        return new Losses(
                acknowledged.stream()
                        .filter(id -> !requests.contains(String.valueOf(id)))
                        .toList(),
                answers.that("OK").stream()
                        .filter(answer -> !completions.contains(answer.key()))
                        .toList(),
                lost,
                lost.stream()
                        .filter(run -> run.isWhole() && !settled.contains(run.key()))
                        .toList());
    }
}
