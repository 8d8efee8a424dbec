package org.quorate.agent.loop;

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
        try (Loop loop = new Loop("test", failing, System::nanoTime)) {
            loop.start();

            await().atMost(SOON).until(() -> {
                loop.wake();
                return steps.get() > 3;
            });
        }
    }
}
