package org.quorate.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.quorate.health.ClusterPicture.MasterPicture;
import org.quorate.health.ClusterPicture.Queue;
import org.quorate.health.ClusterPicture.Resting;
import org.quorate.health.ClusterPicture.State;
import org.quorate.health.ClusterPicture.Store;
import org.quorate.health.Lack.Grade;

class HealthTest {
    private static final List<String> NAMES = List.of("m1", "m2", "m3", "m4");

    private static MasterPicture healthy(String name) {
        return new MasterPicture(name, State.ACTIVE, Optional.of(true), 3, 2, "");
    }

    private static ClusterPicture healthy() {
        return new ClusterPicture(
                Store.UP,
                Store.UP,
                true,
                List.of(healthy("m1"), new MasterPicture("m2", State.DEAD, Optional.of(false), 0, 0, "")),
                List.of(new Queue("b1", 12, Set.of("m1"))),
                List.of(),
                List.of(),
                List.of(),
                Optional.empty());
    }

    private static ClusterPicture with(List<MasterPicture> masters, List<Queue> queues) {
        return new ClusterPicture(
                Store.UP, Store.UP, true, masters, queues, List.of(), List.of(), List.of(), Optional.empty());
    }

    @Provide
    Arbitrary<ClusterPicture> pictures() {
        Arbitrary<Store> zooKeeper = Arbitraries.of(Store.class);
        Arbitrary<List<Queue>> queues = Combinators.combine(
                        Arbitraries.of("b1", "b2", "b3", "b4", "b5", "b6", "b7"),
                        Arbitraries.longs().between(1, 20),
                        Arbitraries.of(NAMES).set().ofMaxSize(3))
                .as(Queue::new)
                .list()
                .uniqueElements(Queue::builder)
                .ofMaxSize(7);
        Arbitrary<List<Resting>> schedulers = Combinators.combine(
                        Arbitraries.of("s1", "s2", "s3"), Arbitraries.of(NAMES).optional())
                .as(Resting::new)
                .list()
                .ofMaxSize(3);
        return Combinators.combine(
                        Arbitraries.of(Store.UP, Store.UP, Store.UP, Store.DOWN),
                        zooKeeper,
                        Arbitraries.of(true, false),
                        masters(),
                        queues,
                        schedulers,
                        Arbitraries.of("7 of b1: ERROR: no").list().ofMaxSize(2))
                .as((database, zoo, leads, masters, waiting, resting, setAside) -> new ClusterPicture(
                        database, zoo, leads, masters, waiting, resting, setAside, setAside, Optional.empty()));
    }

    private static Arbitrary<List<MasterPicture>> masters() {
        Arbitrary<MasterPicture> one = Combinators.combine(
                        Arbitraries.of(NAMES),
                        Arbitraries.of(State.class),
                        Arbitraries.of(true, false).optional(),
                        Arbitraries.longs().between(0, 2),
                        Arbitraries.longs().between(0, 5),
                        Arbitraries.of("", "", "its buildmaster failed to start"))
                .as(MasterPicture::new);
        return one.list().uniqueElements(MasterPicture::name).ofMaxSize(4);
    }

    @Property
    void nothing_that_waits_for_ever_is_passed_over_in_silence(@ForAll("pictures") ClusterPicture picture) {
        List<Lack> lacks = Health.lacks(picture);
        boolean halted = Health.worst(lacks).equals(Optional.of(Grade.HALTED));
        Set<String> open = picture.masters().stream()
                .filter(MasterPicture::isOpen)
                .map(MasterPicture::name)
                .collect(Collectors.toSet());

        assertThat(halted || !open.isEmpty()).isTrue();
        List<Queue> stuck = picture.queues().stream()
                .filter(queue -> queue.masters().stream().noneMatch(open::contains))
                .toList();
        assertThat(halted
                        || stuck.isEmpty()
                        || lacks.stream().anyMatch(lack -> lack.subject() == Lack.Subject.BUILDERS))
                .isTrue();
        assertThat(stuck.stream().limit(5))
                .allMatch(queue ->
                        halted || lacks.stream().anyMatch(lack -> lack.what().contains("builder " + queue.builder())));
    }

    @Property
    void a_builder_that_an_open_master_offers_is_never_complained_about(@ForAll("pictures") ClusterPicture picture) {
        Set<String> open = picture.masters().stream()
                .filter(MasterPicture::isOpen)
                .map(MasterPicture::name)
                .collect(Collectors.toSet());

        assertThat(Health.lacks(picture))
                .allSatisfy(lack -> assertThat(picture.queues().stream()
                                .filter(queue -> queue.masters().stream().anyMatch(open::contains)))
                        .noneMatch(queue -> lack.what().contains("builder " + queue.builder() + " ")));
    }

    @Property
    void each_lack_is_one_sentence_with_a_mend_and_the_worst_comes_first(@ForAll("pictures") ClusterPicture picture) {
        List<Lack> lacks = Health.lacks(picture);

        assertThat(lacks).allSatisfy(lack -> {
            assertThat(lack.what()).isNotBlank().doesNotContain("\n").doesNotEndWith(".");
            assertThat(lack.mend()).isNotBlank();
        });
        assertThat(lacks.stream().map(Lack::grade)).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    }

    @Property
    void a_master_that_comes_alive_with_every_builder_ends_a_halt(@ForAll("pictures") ClusterPicture picture) {
        List<MasterPicture> masters = new ArrayList<>(picture.masters());
        masters.add(healthy("m9"));
        ClusterPicture better = new ClusterPicture(
                Store.UP,
                picture.zooKeeper(),
                picture.leads(),
                masters,
                picture.queues().stream()
                        .map(queue -> new Queue(queue.builder(), queue.pending(), Set.of("m9")))
                        .toList(),
                picture.schedulers(),
                picture.setAside(),
                picture.givenBack(),
                Optional.empty());

        assertThat(Health.lacks(better))
                .noneMatch(lack -> lack.grade() == Grade.HALTED || lack.subject() == Lack.Subject.BUILDERS);
    }

    @Example
    void a_cluster_that_can_do_all_its_work_lacks_nothing() {
        assertThat(Health.lacks(healthy())).isEmpty();
    }

    @Example
    void each_lack_says_what_cannot_happen_and_why() {
        MasterPicture drained = new MasterPicture("m1", State.DRAINING, Optional.of(true), 3, 2, "");
        MasterPicture gone = new MasterPicture("m2", State.ACTIVE, Optional.of(false), 3, 2, "");

        assertThat(what(with(List.of(), List.of())))
                .containsExactly("no build is started and no scheduler runs: no master has joined yet");
        assertThat(what(with(List.of(drained), List.of())))
                .containsExactly(
                        "no build is started and no scheduler runs: every living master is drained or held (m1)");
        assertThat(what(with(List.of(gone), List.of())))
                .containsExactly("no build is started and no scheduler runs: no master is alive");
        assertThat(what(with(List.of(healthy("m3"), gone), List.of())))
                .containsExactly("m2 is gone and not failed over yet: the 2 requests that it holds wait");
        assertThat(what(with(
                        List.of(healthy("m3"), drained),
                        List.of(new Queue("b003", 12, Set.of()), new Queue("arm", 1, Set.of("m1"))))))
                .containsExactly(
                        "builder b003 has 12 requests pending and no master offers it",
                        "builder arm has 1 request pending and only drained or held masters offer it: m1");
    }

    private static List<String> what(ClusterPicture picture) {
        return Health.lacks(picture).stream().map(Lack::what).toList();
    }
}
