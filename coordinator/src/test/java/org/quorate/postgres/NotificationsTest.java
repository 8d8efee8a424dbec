package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.testing.FaultProxy;
import org.quorate.testing.PostgresFixture;

class NotificationsTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perClass();

    private final AtomicLong nanos = new AtomicLong();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private FaultProxy proxy;
    private Notifications notifications;

    @BeforeEach
    void open() {
        proxy = new FaultProxy(POSTGRES.url());
        notifications = new Notifications(
                new DatabaseSettings(
                        proxy.url(),
                        POSTGRES.user(),
                        POSTGRES.password(),
                        1,
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(2)),
                "test",
                nanos::get);
        assertThat(listen()).isTrue();
        heard.clear();
    }

    @AfterEach
    void close() {
        notifications.close();
        proxy.close();
    }

    @Test
    void a_notification_is_received_even_during_the_check_of_the_session() {
        for (int i = 0; i < 5; i++) {
            String payload = "n" + i;
            nanos.addAndGet(Duration.ofSeconds(6).toNanos());
            POSTGRES.database().execute("notify quorate_work, '" + payload + "'");

            await().atMost(SOON).until(() -> listen() && heard.contains("quorate_work " + payload));
        }
    }

    @Test
    void a_half_open_session_is_noticed_and_replaced() {
        proxy.standStill(true);
        assertThat(listen()).as("no check was due yet").isTrue();

        nanos.addAndGet(Duration.ofSeconds(15).toNanos());
        assertThat(listen()).isFalse();

        proxy.standStill(false);
        await().atMost(SOON).until(this::listen);
        assertThat(heard).as("each channel counts as notified").contains("quorate_work ", "quorate_control ");
    }

    private boolean listen() {
        return notifications.await(10, one -> heard.add(one.channel() + " " + one.payload()));
    }
}
