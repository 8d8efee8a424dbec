package org.quorate.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.quorate.agent.loop.Step.Taken;

class LoopTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    private final AtomicInteger steps = new AtomicInteger();

    @Test
    void neither_an_exception_nor_an_error_ends_a_loop() {
        Step failing = () -> {
            switch (steps.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("test");
                case 2 -> throw new OutOfMemoryError("test");
                case 3 -> throw new StackOverflowError("test");
                default -> {
                    return new Taken("", Duration.ofHours(1));
                }
            }
        };
        try (Loop loop = loop(failing)) {
            loop.start();

            await().atMost(SOON).until(() -> {
                loop.wake();
                return steps.get() > 3;
            });
        }
    }

    @Test
    void a_wake_up_does_not_shorten_the_pause_of_a_refused_step() {
        Step refused = () -> {
            steps.incrementAndGet();
            return Taken.refused("refused", Duration.ofHours(1));
        };
        try (Loop loop = loop(refused)) {
            loop.start();
            await().atMost(SOON).until(() -> loop.trouble().isPresent());
            loop.wake();
        }

        // the loop is closed: its thread has ended
        assertThat(steps).hasValue(1);
    }

    @Test
    void a_wake_up_soon_ends_the_wait_for_a_store() {
        Step waiting = () -> {
            steps.incrementAndGet();
            return Taken.waiting("the database does not answer", Duration.ofHours(1));
        };
        try (Loop loop = loop(waiting)) {
            loop.start();
            await().atMost(SOON).until(() -> loop.trouble().isPresent());

            loop.wake();

            await().atMost(SOON).until(() -> steps.get() == 2);
        }
    }

    @Test
    void what_keeps_a_loop_from_its_work_is_known_until_a_step_does_it() {
        Step step = () -> steps.incrementAndGet() == 1
                ? Taken.waiting("the database does not answer", Duration.ofHours(1))
                : new Taken("", Duration.ofHours(1));
        try (Loop loop = loop(step)) {
            loop.start();
            await().atMost(SOON)
                    .until(() -> loop.trouble()
                            .filter("the database does not answer"::equals)
                            .isPresent());

            loop.wake();

            await().atMost(SOON).until(() -> loop.trouble().isEmpty());
        }
    }

    private static Loop loop(Step step) {
        return new Loop("test", step, new Pauses(LoopName.AfterAFailure.AT_ONCE, () -> 0), System::nanoTime);
    }
}
