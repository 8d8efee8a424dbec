package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
    private final Lease lease = new Lease(now::get);

    @Test
    void a_lease_is_good_only_between_grant_and_end() {
        assertThat(lease.isGood()).isFalse();
        assertThat(lease.isOver()).isFalse();

        lease.renew(Duration.ofSeconds(4), now.get());
        assertThat(lease.isGood()).isTrue();
        pass(Duration.ofSeconds(4));

        assertThat(lease.isGood()).isFalse();
        assertThat(lease.isOver()).isTrue();
    }

    @Test
    void a_message_that_waited_in_the_socket_during_a_freeze_gives_no_new_trust() {
        lease.renew(Duration.ofSeconds(4), now.get());
        long sent = now.get();
        pass(Duration.ofSeconds(60));

        lease.renew(Duration.ofSeconds(4), sent);

        assertThat(lease.isOver()).isTrue();
    }

    @Test
    void a_lease_that_is_over_stays_over() {
        lease.renew(Duration.ofSeconds(4), now.get());
        pass(Duration.ofSeconds(5));

        lease.renew(Duration.ofHours(1), now.get());

        assertThat(lease.isOver()).isTrue();
    }

    @Test
    void if_the_clocks_differ_the_lease_counts_from_the_receipt() {
        lease.renew(Duration.ofSeconds(4), now.get() + 77_000_000_000L);
        pass(Duration.ofSeconds(3));
        assertThat(lease.isGood()).isTrue();

        pass(Duration.ofSeconds(1));
        assertThat(lease.isOver()).isTrue();
    }

    @Test
    void a_lease_granted_before_an_agents_restart_stays_valid() {
        lease.renew(Duration.ofSeconds(5), now.get());
        lease.renew(Duration.ofSeconds(1), now.get());
        pass(Duration.ofSeconds(4));
        assertThat(lease.isGood()).isTrue();

        pass(Duration.ofSeconds(1));
        assertThat(lease.isOver()).isTrue();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
