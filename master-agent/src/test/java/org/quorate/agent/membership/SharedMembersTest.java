package org.quorate.agent.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.quorate.master.Member;
import org.quorate.master.Members;
import org.quorate.master.ZooKeeperUnreachable;

class SharedMembersTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger reads = new AtomicInteger();
    private Runnable whileReading = () -> {};
    private final SharedMembers members = new SharedMembers(new Counted(), nanos::get);

    @Test
    void the_loops_that_one_event_wakes_share_one_read() {
        members.changed();
        Map<String, Member> first = members.get();

        assertThat(members.get()).isSameAs(first);
        assertThat(reads).hasValue(1);
    }

    @Test
    void an_event_of_zookeepers_ends_the_shared_snapshot_of_members() {
        members.get();
        members.changed();
        members.get();

        assertThat(reads).hasValue(2);
    }

    @Test
    void an_event_during_the_read_ends_the_snapshot_too() {
        whileReading = members::changed;
        members.get();
        whileReading = () -> {};
        members.get();

        assertThat(reads).hasValue(2);
    }

    @Test
    void a_snapshot_ends_by_itself_since_the_watch_may_lose_events() {
        members.get();
        nanos.addAndGet(SharedMembers.LIFE.toNanos());
        members.get();

        assertThat(reads).hasValue(2);
    }

    @Test
    void a_read_that_fails_leaves_no_snapshot() {
        members.get();
        members.changed();
        whileReading = () -> {
            throw new ZooKeeperUnreachable("away");
        };

        assertThatThrownBy(members::get).isInstanceOf(ZooKeeperUnreachable.class);
        assertThatThrownBy(members::get).isInstanceOf(ZooKeeperUnreachable.class);
    }

    private final class Counted implements Members {
        @Override
        public Map<String, Member> members() {
            reads.incrementAndGet();
            whileReading.run();
            return Map.of("m1", new Member("m1", new UUID(0, 1), 1, "host", 1, List.of(), ""));
        }

        @Override
        public Optional<Member> join(Member self, Optional<UUID> predecessor) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void publish(Member self) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean heartbeat() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void leave() {
            throw new UnsupportedOperationException();
        }
    }
}
