package org.quorate.agent.status;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.quorate.config.HostPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves health, metrics and status over HTTP, read-only, on its own threads, so that a probe never waits for a loop.
 * Thread-safe.
 */
public final class StatusServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusServer.class);
    private static final int THREADS = 32; // a client that sends slowly occupies one; idle threads end
    private static final int MOST_WAITING = 64;
    private static final int BACKLOG = 64;

    static {
        // without these limits the JDK's server waits for ever for a slow client; it reads them once, when it is loaded
        limit("sun.net.httpserver.maxReqTime", "3");
        limit("sun.net.httpserver.maxRspTime", "10");
        limit("sun.net.httpserver.maxIdleConnections", "32");
        limit("jdk.httpserver.maxConnections", "128");
    }

    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final Pages pages;
    private final boolean loopback;

    private static void limit(String property, String otherwise) {
        System.setProperty(property, System.getProperty(property, otherwise));
    }

    /**
     * Binds the address and does not serve yet.
     *
     * @param listen a name is looked up once; port 0 takes a free port, see {@link #port}
     * @throws IllegalStateException the address cannot be bound; the message names it and what to do
     */
    public StatusServer(HostPort listen, Supplier<AgentSnapshot> snapshots, Supplier<String> metrics) {
        this.pages = new Pages(snapshots, metrics);
        try {
            InetAddress address = InetAddress.getByName(listen.host());
            this.loopback = address.isLoopbackAddress();
            this.server = HttpServer.create(new InetSocketAddress(address, listen.port()), BACKLOG);
        } catch (BindException e) {
            throw new IllegalStateException(
                    "http.listen: " + listen + " is taken or not an address of this machine: choose another port", e);
        } catch (IOException e) {
            throw new IllegalStateException("http.listen: " + listen + " cannot be bound: " + e.getMessage(), e);
        }
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), work -> {
                    Thread thread = new Thread(work, "quorate-http-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    /** Begins to serve. */
    public void start() {
        server.start();
        LOG.info("serves health, metrics and status on {}", server.getAddress());
    }

    /** Returns the port that was bound. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            Answer answer = answer(exchange);
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            if (answer.code() == 405) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            }
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(answer.code(), head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        } catch (IOException e) {
            LOG.debug("a client disconnected: {}", e.getMessage());
        }
    }

    private Answer answer(HttpExchange exchange) {
        String method = exchange.getRequestMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return Answer.text(405, "only GET and HEAD: nothing can be changed here");
        }
        String host = exchange.getRequestHeaders().getFirst("Host");
        if (loopback && host != null && !LoopbackHost.isNamedBy(host)) {
            return Answer.text(403, "this address is for this machine only: ask for 127.0.0.1 or localhost");
        }
        try {
            return pages.at(exchange.getRequestURI());
        } catch (RuntimeException e) {
            LOG.warn("no answer for {}", exchange.getRequestURI().getPath(), e);
            return Answer.text(500, "no answer: " + e.getClass().getSimpleName());
        }
    }

    /** Stops listening, and returns when the current answers are sent or a second has passed. Closing twice is fine. */
    @Override
    public void close() {
        threads.shutdown();
        server.stop(threads.getActiveCount() == 0 ? 0 : 1);
        threads.shutdownNow();
    }
}
