package org.quorate.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.codahale.metrics.MetricRegistry;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.quorate.agent.metrics.Metrics;
import org.quorate.config.HostPort;
import org.slf4j.LoggerFactory;

@Timeout(120)
class WorkerGatewayTest {
    private static final int MOST = 50;

    private final MetricRegistry registry = new MetricRegistry();
    private final AtomicLong nanos = new AtomicLong();
    private final WorkerGateway gateway = gateway(new HostPort("127.0.0.1", 0));
    private final List<AutoCloseable> open = new ArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private StandInMaster m1;
    private StandInMaster m2;

    private WorkerGateway gateway(HostPort listen) {
        return new WorkerGateway("m1", listen, MOST, nanos::get, new Metrics(registry));
    }

    @BeforeEach
    void start() throws IOException {
        m1 = new StandInMaster("m1");
        m2 = new StandInMaster("m2");
        log.start();
        ((Logger) LoggerFactory.getLogger(WorkerGateway.class)).addAppender(log);
        gateway.start();
    }

    @AfterEach
    void stop() throws Exception {
        ((Logger) LoggerFactory.getLogger(WorkerGateway.class)).detachAppender(log);
        for (AutoCloseable each : open) {
            each.close();
        }
        gateway.close();
        m1.close();
        m2.close();
    }

    private Socket worker() throws IOException {
        Socket socket = new Socket("127.0.0.1", gateway.address().port());
        open.add(socket);
        socket.setSoTimeout(StandInMaster.PATIENCE_MILLIS);
        return socket;
    }

    /** Returns the name of the master to which the worker was forwarded. */
    private static String master(Socket worker) throws IOException {
        StringBuilder name = new StringBuilder();
        for (int next = worker.getInputStream().read();
                next != '\n';
                next = worker.getInputStream().read()) {
            if (next < 0) {
                throw new EOFException("closed after `" + name + "`");
            }
            name.append((char) next);
        }
        return name.toString();
    }

    /** Waits until the other side has ended the connection, by a reset or an orderly close. */
    private static boolean ends(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true;
        }
    }

    private void assertForwarded(Socket from, Socket to) throws IOException {
        from.getOutputStream().write(42);
        assertThat(to.getInputStream().read()).isEqualTo(42);
    }

    private long counted(String metric) {
        return registry.counter(metric).getCount();
    }

    private long lines(String part) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getFormattedMessage().contains(part))
                .count();
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void bytes_pass_unchanged_in_both_directions_at_the_same_time() throws Exception {
        gateway.follow(List.of(m1.destination()));
        Socket worker = worker();
        assertThat(master(worker)).isEqualTo("m1");
        Socket other = m1.next();
        byte[] up = noise(5_000_000);
        byte[] down = noise(4_000_001);

        CompletableFuture<Void> sending = CompletableFuture.allOf(sent(worker, up), sent(other, down));
        CompletableFuture<byte[]> upward = CompletableFuture.supplyAsync(() -> read(other, up.length));

        assertThat(read(worker, down.length)).isEqualTo(down);
        assertThat(upward.join()).isEqualTo(up);
        sending.join();
    }

    @Test
    void a_master_that_reads_slowly_slows_its_worker_and_nothing_piles_up_or_is_lost() throws Exception {
        gateway.follow(List.of(m1.destination()));
        Socket worker = worker();
        master(worker);
        Socket other = m1.next();
        byte[] piece = noise(64 * 1024);
        int pieces = 1024;
        AtomicInteger written = new AtomicInteger();

        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < pieces; i++) {
                write(worker, piece);
                written.incrementAndGet();
            }
        });
        // the kernel buffers a few MB, the gateway next to nothing
        awaitStill(written);

        assertThat(written.get()).isLessThan(pieces);
        for (int i = 0; i < pieces; i++) {
            assertThat(Arrays.equals(read(other, piece.length), piece))
                    .as("piece %s", i)
                    .isTrue();
        }
        sending.join();
    }

    private static void awaitStill(AtomicInteger number) {
        AtomicInteger last = new AtomicInteger(-1);
        await().pollInterval(Duration.ofMillis(500))
                .atMost(Duration.ofSeconds(60))
                .until(() -> last.getAndSet(number.get()) == number.get());
    }

    @Test
    void bytes_sent_before_the_end_arrive_and_then_the_end() throws Exception {
        gateway.follow(List.of(m1.destination()));
        Socket worker = worker();
        master(worker);
        Socket other = m1.next();
        byte[] last = noise(300_000);

        CompletableFuture<Void> sending = sent(other, last).thenRun(() -> close(other));

        assertThat(read(worker, last.length)).isEqualTo(last);
        assertThat(ends(worker)).isTrue();
        sending.join();
        await().until(() -> gateway.snapshot().connections() == 0);
    }

    @Test
    void a_worker_that_disconnects_is_disconnected_from_its_master_at_once() throws Exception {
        gateway.follow(List.of(m1.destination()));
        Socket worker = worker();
        master(worker);
        Socket other = m1.next();

        worker.close();

        assertThat(ends(other)).isTrue();
    }

    @Test
    void a_worker_whose_master_dies_connects_again_and_gets_another() throws Exception {
        gateway.follow(List.of(m1.destination(), m2.destination()));
        Socket worker = worker();
        assertThat(master(worker)).isEqualTo("m1");

        m1.close();

        assertThat(ends(worker)).isTrue();
        assertThat(master(worker())).isEqualTo("m2");
    }

    @Test
    void a_worker_of_a_master_that_left_is_cut_off_though_its_connection_is_open() throws Exception {
        gateway.follow(List.of(m1.destination(), m2.destination()));
        Socket worker = worker();
        Socket staying = worker();
        assertThat(List.of(master(worker), master(staying))).containsExactlyInAnyOrder("m1", "m2");
        Socket frozen = m1.next();

        gateway.follow(List.of(m2.destination()));

        assertThat(ends(worker)).isTrue();
        assertThat(ends(frozen)).isTrue();
        assertForwarded(staying, m2.next());
        assertThat(master(worker())).isEqualTo("m2");
    }

    @Test
    void a_worker_whose_frozen_master_leaves_bytes_unread_is_cut_off_as_well() throws Exception {
        gateway.follow(List.of(m1.destination()));
        Socket worker = worker();
        master(worker);
        AtomicInteger written = new AtomicInteger();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            while (true) {
                write(worker, noise(64 * 1024));
                written.incrementAndGet();
            }
        });
        awaitStill(written);

        gateway.follow(List.of());

        assertThat(ends(worker)).isTrue();
        assertThatThrownBy(sending::join).hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void two_equal_masters_differ_by_one_worker_at_most() throws Exception {
        gateway.follow(List.of(m1.destination(), m2.destination()));

        int ofM1 = 0;
        for (int i = 0; i < 11; i++) {
            ofM1 += master(worker()).equals("m1") ? 1 : 0;
        }

        assertThat(ofM1).isEqualTo(6);
        assertThat(gateway.snapshot().workers()).isEqualTo(Map.of("m1", 6, "m2", 5));
        assertThat(gateway.snapshot().connections()).isEqualTo(11);
        assertThat(gateway.snapshot().address()).isEqualTo(gateway.address());
        assertThat(counted("quorate_gateway_workers{master=\"m1\"}")).isEqualTo(6);
    }

    @Test
    void a_dead_master_is_skipped_and_then_tried_last_for_a_while() throws Exception {
        Destination dead = m1.destination();
        m1.close();
        gateway.follow(List.of(dead, m2.destination()));

        assertThat(master(worker())).isEqualTo("m2");
        assertThat(master(worker())).isEqualTo("m2");

        assertThat(counted("quorate_gateway_connects_total{result=\"failed\"}")).isEqualTo(1);
        assertThat(lines("does not take workers")).isEqualTo(1);

        nanos.addAndGet(Destinations.REFUSAL_COUNTS.toNanos());

        assertThat(master(worker())).isEqualTo("m2");
        assertThat(counted("quorate_gateway_connects_total{result=\"failed\"}")).isEqualTo(2);
        assertThat(lines("does not take workers")).isEqualTo(1);
    }

    @Test
    void a_name_is_looked_up_and_one_that_does_not_exist_is_skipped() throws Exception {
        Destination m2ByName =
                new Destination("m2", "localhost", m2.destination().port(), 4, false);
        gateway.follow(List.of(new Destination("m1", "no..such..name", 1, 4, false), m2ByName));

        assertThat(master(worker())).isEqualTo("m2");

        assertThat(counted("quorate_gateway_connects_total{result=\"failed\"}")).isEqualTo(1);
    }

    @Test
    void a_draining_master_keeps_its_workers_and_gets_no_new_ones() throws Exception {
        gateway.follow(List.of(m1.destination(), m2.destination()));
        Socket staying = worker();
        assertThat(master(staying)).isEqualTo("m1");

        gateway.follow(List.of(m1.draining(), m2.destination()));

        for (int i = 0; i < 3; i++) {
            assertThat(master(worker())).isEqualTo("m2");
        }
        assertForwarded(staying, m1.next());
    }

    @Test
    void without_any_master_a_worker_is_closed_and_it_is_logged_once() throws Exception {
        gateway.follow(List.of(m1.draining()));

        assertThat(ends(worker())).isTrue();
        assertThat(ends(worker())).isTrue();

        assertThat(lines("no master can be reached")).isEqualTo(1);
        assertThat(counted("quorate_gateway_refusals_total{reason=\"unreachable\"}"))
                .isEqualTo(2);

        gateway.follow(List.of(m1.destination()));
        assertThat(master(worker())).isEqualTo("m1");
        gateway.follow(List.of());
        assertThat(ends(worker())).isTrue();
        assertThat(lines("no master can be reached")).isEqualTo(2);
    }

    @Test
    void more_workers_than_allowed_are_closed_with_one_line() throws Exception {
        gateway.follow(List.of(m1.destination()));
        for (int i = 0; i < MOST; i++) {
            master(worker());
        }

        assertThat(ends(worker())).isTrue();
        assertThat(ends(worker())).isTrue();

        assertThat(lines("the gateway is full")).isEqualTo(1);
        assertThat(counted("quorate_gateway_refusals_total{reason=\"full\"}")).isEqualTo(2);
        open.get(0).close();
        await().until(() -> gateway.snapshot().connections() < MOST);
        assertThat(master(worker())).isEqualTo("m1");
    }

    @Test
    void one_thread_serves_all_workers() throws Exception {
        gateway.follow(List.of(m1.destination(), m2.destination()));
        for (int i = 0; i < MOST; i++) {
            master(worker());
        }

        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .filter("quorate-gateway"::equals))
                .hasSize(1);
    }

    @Test
    void close_returns_when_every_connection_and_the_port_are_closed() throws Exception {
        gateway.follow(List.of(m1.destination()));
        Socket worker = worker();
        master(worker);
        Socket other = m1.next();

        gateway.close();
        gateway.close();

        assertThat(gateway.snapshot().connections()).isZero();
        assertThat(counted("quorate_gateway_workers{master=\"m1\"}")).isZero();
        assertThat(ends(worker)).isTrue();
        assertThat(ends(other)).isTrue();
        new ServerSocket(gateway.address().port()).close();
        gateway.follow(List.of(m1.destination()));
    }

    @Test
    void closing_before_the_start_is_fine_and_a_taken_port_is_named() {
        HostPort taken = gateway.address();

        assertThatThrownBy(() -> gateway(taken))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("gateway.listen: " + taken
                        + " is taken or not an address of this machine: choose another port");
        gateway(new HostPort("127.0.0.1", 0)).close();
    }

    private static CompletableFuture<Void> sent(Socket from, byte[] bytes) {
        return CompletableFuture.runAsync(() -> write(from, bytes));
    }

    private static void write(Socket to, byte[] bytes) {
        try {
            to.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static byte[] read(Socket from, int length) {
        try {
            InputStream in = from.getInputStream();
            return in.readNBytes(length);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
