package org.quorate.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.quorate.master.Member;
import org.quorate.scheduler.OwnershipPolicy.Contend;
import org.quorate.scheduler.OwnershipPolicy.Decision;
import org.quorate.scheduler.OwnershipPolicy.Disown;
import org.quorate.scheduler.OwnershipPolicy.Findings;
import org.quorate.scheduler.OwnershipPolicy.HandOver;
import org.quorate.scheduler.OwnershipPolicy.Picture;
import org.quorate.scheduler.OwnershipPolicy.Settings;

/** Random events of four masters. Each decides by itself over the same rows, which let one of them win. */
class OwnershipPolicyPropertyTest {
    private static final int MASTERS = 4;
    private static final int SCHEDULERS = 6;
    private static final Settings SETTINGS = new Settings(Duration.ofMillis(500), Duration.ofSeconds(10), 60);

    record Event(Kind kind, int master, int scheduler, int afterMillis) {
        enum Kind {
            COME,
            /** Its rows remain until they are released. */
            GO,
            RELEASE_THE_DEAD,
            DRAIN,
            UNDRAIN,
            /** An operator moves a scheduler. */
            MOVE,
            OFFER_MORE,
            OFFER_LESS,
            NOTHING
        }
    }

    @Provide
    Arbitrary<List<Event>> events() {
        return Combinators.combine(
                        Arbitraries.of(Event.Kind.class),
                        Arbitraries.integers().between(1, MASTERS),
                        Arbitraries.integers().between(1, SCHEDULERS),
                        Arbitraries.integers().between(0, 4_000))
                .as(Event::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 2_000)
    void nobody_contends_for_what_an_alive_master_owns_or_hands_over_to_a_master_that_cannot_run_it(
            @ForAll long start, @ForAll("events") List<Event> events) {
        Site site = new Site(start);

        for (Event event : events) {
            site.happen(event);
            site.everybodyDecides();
        }
    }

    @Property(tries = 500)
    void after_the_last_event_every_offered_scheduler_gets_one_owner_that_offers_it_and_stays_there(
            @ForAll("events") List<Event> events) {
        Site site = new Site(0);
        for (Event event : events) {
            site.happen(event);
            site.everybodyDecides();
        }

        site.releaseTheDead();
        for (int i = 0; i < 120; i++) {
            site.nowNanos += Duration.ofMillis(500).toNanos();
            site.everybodyDecides();
        }

        Map<String, String> settled = new TreeMap<>(site.owners);
        site.offered()
                .forEach((scheduler, masters) ->
                        assertThat(masters).as(scheduler).contains(settled.get(scheduler)));
        for (int i = 0; i < 20; i++) {
            site.nowNanos += Duration.ofSeconds(5).toNanos();
            assertThat(site.everybodyDecides()).isEmpty();
        }
        assertThat(site.owners).isEqualTo(settled);
    }

    /** The rows, and the masters that read them. */
    private static final class Site {
        private final Map<String, OwnershipPolicy> policies = new TreeMap<>();
        private final Map<String, Set<String>> offers = new HashMap<>();
        private final Set<String> draining = new TreeSet<>();
        /** Owner by scheduler in the rows. */
        private final Map<String, String> owners = new TreeMap<>();

        private final Map<String, String> preferred = new HashMap<>();
        private long nowNanos;

        Site(long start) {
            nowNanos = start;
            IntStream.rangeClosed(1, MASTERS).forEach(i -> {
                offers.put("m" + i, new TreeSet<>(List.of("s1", "s2", "s3", "s" + (i + 2))));
                policies.put("m" + i, new OwnershipPolicy("m" + i, SETTINGS));
            });
        }

        void happen(Event event) {
            nowNanos += event.afterMillis() * 1_000_000L;
            String master = "m" + event.master();
            String scheduler = "s" + event.scheduler();
            switch (event.kind()) {
                case COME -> policies.putIfAbsent(master, new OwnershipPolicy(master, SETTINGS));
                case GO -> policies.remove(master);
                case RELEASE_THE_DEAD -> releaseTheDead();
                case DRAIN -> draining.add(master);
                case UNDRAIN -> draining.remove(master);
                case MOVE -> preferred.put(scheduler, master);
                case OFFER_MORE -> offers.get(master).add(scheduler);
                case OFFER_LESS -> offers.get(master).remove(scheduler);
                default -> {}
            }
        }

        void releaseTheDead() {
            owners.values().removeIf(owner -> !policies.containsKey(owner));
        }

        /** Returns, by scheduler, the masters that offer it and may take something new. */
        Map<String, Set<String>> offered() {
            Map<String, Set<String>> offered = new TreeMap<>();
            policies.keySet().stream()
                    .filter(master -> !draining.contains(master))
                    .forEach(master -> offers.get(master)
                            .forEach(s -> offered.computeIfAbsent(s, x -> new TreeSet<>())
                                    .add(master)));
            return offered;
        }

        List<Decision> everybodyDecides() {
            List<Decision> all = new ArrayList<>();
            policies.forEach((master, policy) -> all.addAll(decide(master, policy)));
            return all;
        }

        private List<Decision> decide(String master, OwnershipPolicy policy) {
            Set<String> terms = owners.entrySet().stream()
                    .filter(owned -> owned.getValue().equals(master))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            Findings findings = policy.decide(picture(terms));
            assertThat(findings.nextLookIn()).isPositive().isLessThanOrEqualTo(SETTINGS.settle());
            assertThat(findings.decisions()).extracting(Decision::scheduler).doesNotHaveDuplicates();
            findings.decisions().forEach(decision -> carryOut(master, terms, decision));
            return findings.decisions();
        }

        private Picture picture(Set<String> terms) {
            List<Member> members = policies.keySet().stream()
                    .map(name -> new Member(name, new UUID(0, 1), 1, "host", 4, List.copyOf(offers.get(name)), "1"))
                    .toList();
            List<SchedulerRow> rows = IntStream.rangeClosed(1, SCHEDULERS)
                    .mapToObj(i -> new SchedulerRow(
                            i,
                            "s" + i,
                            true,
                            1,
                            Optional.ofNullable(owners.get("s" + i)),
                            Optional.ofNullable(preferred.get("s" + i))))
                    .toList();
            Map<String, String> nodes = new TreeMap<>(owners);
            nodes.values().retainAll(policies.keySet());
            return new Picture(members, nodes, rows, terms, draining, nowNanos);
        }

        private void carryOut(String self, Set<String> terms, Decision decision) {
            String scheduler = decision.scheduler();
            if (decision instanceof Contend) {
                assertThat(owners.get(scheduler)).as("%s of %s", decision, self).isIn(null, self);
                assertThat(draining).doesNotContain(self);
                assertThat(offers.get(self)).contains(scheduler);
                owners.put(scheduler, self);
            } else if (decision instanceof HandOver handOver) {
                assertThat(terms).contains(scheduler);
                assertThat(handOver.to()).isNotEqualTo(self);
                assertThat(offered().get(scheduler))
                        .as("%s of %s", decision, self)
                        .contains(handOver.to());
                owners.remove(scheduler);
            } else {
                assertThat(decision).isInstanceOf(Disown.class);
                assertThat(terms).contains(scheduler);
                assertThat(offers.get(self)).doesNotContain(scheduler);
                assertThat(offered()).as("%s of %s", decision, self).doesNotContainKey(scheduler);
                owners.remove(scheduler);
            }
        }
    }
}
