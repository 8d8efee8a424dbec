package org.quorate.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdentityRulesTest {
    private static final UUID CLUSTER = new UUID(1, 1);
    private static final UUID OLD = new UUID(2, 1);
    private static final UUID NEW = new UUID(2, 2);
    private static final UUID ENSEMBLE = new UUID(3, 1);
    private static final UUID OTHER_ENSEMBLE = new UUID(3, 2);
    private static final UUID FRESH = new UUID(9, 9);
    private static final Place HERE = new Place(1_000, 5, 1);
    private static final Place PROMOTED = new Place(1_000, 5, 2);
    private static final Memory WORKED = new Memory(Optional.of(OLD), Optional.empty());
    private static final Memory IN_CONTACT = new Memory(Optional.of(OLD), Optional.of(ENSEMBLE));

    private static DatabaseView database(UUID uuid, Place here, UUID... former) {
        return new DatabaseView(
                new DatabaseIdentity(CLUSTER, uuid, List.of(former), HERE, Optional.of(ENSEMBLE)), here);
    }

    private static Optional<Pairing> with(UUID database) {
        return Optional.of(new Pairing(CLUSTER, ENSEMBLE, Optional.empty(), database));
    }

    private static Step next(DatabaseView view, Optional<Pairing> pairing, Memory memory) {
        return IdentityRules.next(view, pairing, memory, FRESH);
    }

    private static void assertRefused(Step step, String... words) {
        assertThat(step).isInstanceOf(Step.Refuse.class);
        assertThat(((Step.Refuse) step).sentence()).contains(words);
    }

    @Test
    void two_stores_that_record_each_other_are_used() {
        assertThat(next(database(OLD, HERE), with(OLD), Memory.none())).isInstanceOf(Step.Use.class);
    }

    @Test
    void a_database_restored_from_a_dump_is_refused_with_both_places_and_both_commands() {
        Step step = next(database(OLD, new Place(1_000, 6, 1)), with(OLD), IN_CONTACT);

        assertRefused(step, "database 6", "database 5", "quorate schema pair", "quorate schema new-identity");
    }

    @Test
    void a_copy_on_another_server_is_refused_also_while_ZooKeeper_knows_nothing() {
        assertRefused(next(database(OLD, new Place(2_000, 5, 1)), Optional.empty(), IN_CONTACT), "system 2000");
    }

    @Test
    void a_promoted_database_gets_a_new_identity_from_an_agent_that_has_worked_with_it() {
        assertThat(next(database(OLD, PROMOTED), with(OLD), WORKED)).isEqualTo(new Step.Renew(OLD));
    }

    @Test
    void an_agent_that_has_never_worked_with_a_promoted_database_leaves_it_to_others() {
        assertRefused(next(database(OLD, PROMOTED), with(OLD), Memory.none()), "cannot be told from a copy");
    }

    @Test
    void the_new_identity_of_a_promoted_database_is_recorded_in_ZooKeeper_by_any_agent() {
        Step step = next(database(NEW, HERE, OLD), with(OLD), Memory.none());

        assertThat(step).isEqualTo(new Step.Pair(with(OLD), with(NEW).orElseThrow()));
    }

    @Test
    void the_former_primary_is_refused_once_its_successor_is_recorded() {
        assertRefused(next(database(OLD, HERE), with(NEW), IN_CONTACT), "" + OLD, "" + NEW, "former primary");
    }

    @Test
    void of_two_standbys_promoted_into_the_same_timeline_only_the_recorded_one_is_used() {
        UUID twin = new UUID(2, 3);

        assertThat(next(database(NEW, HERE, OLD), with(NEW), WORKED)).isInstanceOf(Step.Use.class);
        assertRefused(next(database(twin, HERE, OLD), with(NEW), WORKED), "another copy");
    }

    @Test
    void a_database_behind_its_own_record_is_refused() {
        DatabaseIdentity identity = new DatabaseIdentity(CLUSTER, NEW, List.of(OLD), PROMOTED, Optional.of(ENSEMBLE));

        assertRefused(next(new DatabaseView(identity, HERE), with(NEW), WORKED), "is behind");
    }

    @Test
    void a_standby_is_not_judged_by_its_timeline() {
        assertThat(next(database(OLD, new Place(1_000, 5, 0)), with(OLD), Memory.none()))
                .isInstanceOf(Step.Use.class);
    }

    @Test
    void the_first_agent_records_both_stores() {
        DatabaseIdentity identity = new DatabaseIdentity(CLUSTER, OLD, List.of(), HERE, Optional.empty());
        DatabaseView view = new DatabaseView(identity, HERE);
        Pairing first = new Pairing(CLUSTER, FRESH, Optional.empty(), OLD);

        assertThat(next(view, Optional.empty(), Memory.none())).isEqualTo(new Step.Pair(Optional.empty(), first));
        assertThat(next(view, Optional.of(first), Memory.none()))
                .isEqualTo(new Step.RecordEnsemble(Optional.empty(), FRESH));
    }

    @Test
    void an_empty_ensemble_is_refused_by_an_agent_that_was_in_contact_with_none() {
        assertRefused(next(database(OLD, HERE), Optional.empty(), WORKED), "knows nothing", "" + ENSEMBLE);
    }

    @Test
    void an_ensemble_that_lost_its_data_is_taken_again_by_an_agent_that_was_in_contact_with_it() {
        Pairing again = new Pairing(CLUSTER, FRESH, Optional.of(ENSEMBLE), OLD);

        assertThat(next(database(OLD, HERE), Optional.empty(), IN_CONTACT))
                .isEqualTo(new Step.Pair(Optional.empty(), again));
        assertThat(next(database(OLD, HERE), Optional.of(again), IN_CONTACT))
                .isEqualTo(new Step.RecordEnsemble(Optional.of(ENSEMBLE), FRESH));
    }

    @Test
    void another_ensemble_is_refused_also_one_that_was_taken_in_the_place_of_the_clusters() {
        Pairing other = new Pairing(CLUSTER, OTHER_ENSEMBLE, Optional.empty(), OLD);
        Pairing taken = new Pairing(CLUSTER, OTHER_ENSEMBLE, Optional.of(ENSEMBLE), OLD);

        assertRefused(next(database(OLD, HERE), Optional.of(other), IN_CONTACT), "" + OTHER_ENSEMBLE, "" + ENSEMBLE);
        assertRefused(next(database(OLD, HERE), Optional.of(taken), WORKED), "" + OTHER_ENSEMBLE);
    }

    @Test
    void an_ensemble_of_another_cluster_is_refused() {
        Pairing foreign = new Pairing(new UUID(1, 2), ENSEMBLE, Optional.empty(), OLD);

        assertRefused(next(database(OLD, HERE), Optional.of(foreign), IN_CONTACT), "another cluster's");
    }

    @Test
    void sessions_wait_until_a_promotion_is_recorded_and_then_leave_the_former_primary() {
        Optional<Followed> before = Optional.of(new Followed(CLUSTER, OLD));
        Optional<Followed> after = Optional.of(new Followed(CLUSTER, NEW));

        assertThat(IdentityRules.objectionToWork(database(OLD, HERE), before)).isEmpty();
        assertThat(IdentityRules.objectionToWork(database(OLD, PROMOTED), before))
                .isPresent();
        assertThat(IdentityRules.objection(database(OLD, PROMOTED), before)).isEmpty();
        assertThat(IdentityRules.objectionToWork(database(NEW, HERE, OLD), before))
                .isPresent();
        assertThat(IdentityRules.objectionToWork(database(NEW, HERE, OLD), after))
                .isEmpty();
        assertThat(IdentityRules.objectionToWork(database(OLD, HERE), after)).isPresent();
        assertThat(IdentityRules.objection(database(OLD, HERE), after)).isPresent();
    }

    @Test
    void the_record_of_another_cluster_says_nothing_about_this_database() {
        Optional<Followed> foreign = Optional.of(new Followed(new UUID(1, 2), NEW));

        assertThat(IdentityRules.objectionToWork(database(OLD, HERE), foreign)).isEmpty();
    }
}
