package org.quorate.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A proxy that simulates network faults between a client and a server. A test makes it cut connections, pass nothing
 * and close nothing, as when a machine vanishes and its connections stay half open, or pass everything slowly. In front
 * of PostgreSQL it parses the messages of the client, and can cut the connection just before the next COMMIT reaches
 * the server, or just after the server has carried it out. Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Pattern URL = Pattern.compile("jdbc:postgresql://([^:/]+):(\\d+)/(.*)");
    /**
     * The codes of SSLRequest, GSSENCRequest and CancelRequest, which come before the startup message, or instead of
     * it.
     */
    private static final Set<Integer> BEFORE_STARTUP = Set.of(80877102, 80877103, 80877104);
    /** ReadyForQuery outside a transaction. */
    private static final byte[] READY = {'Z', 0, 0, 0, 5, 'I'};

    private static final int DRIP_BYTES = 64;

    /** How many bytes pass at a time, and by how much each piece is delayed. */
    private record Pace(int bytes, Duration longer) {
        static final Pace AT_ONCE = new Pace(Integer.MAX_VALUE, Duration.ZERO);
    }

    private enum Fault {
        NONE,
        BEFORE_COMMIT,
        AFTER_COMMIT
    }

    private final String host;
    private volatile int port;
    private final String rest;
    private final boolean speaksPostgres;
    private final ServerSocket listening;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final AtomicReference<Fault> next = new AtomicReference<>(Fault.NONE);
    private final Object gate = new Object();
    private boolean still;
    private volatile boolean refusing;
    private volatile Pace pace = Pace.AT_ONCE;

    /** Creates a proxy in front of the PostgreSQL of this URL. */
    public FaultProxy(String url) {
        this(url, LOOPBACK);
    }

    /** Creates a proxy for clients that reach this machine at this address. */
    public FaultProxy(String url, String address) {
        this(parts(url), address);
    }

    private FaultProxy(MatchResult parts, String address) {
        this(parts.group(1), Integer.parseInt(parts.group(2)), parts.group(3), true, address);
    }

    private FaultProxy(String host, int port, String rest, boolean speaksPostgres, String address) {
        this.host = host;
        this.port = port;
        this.rest = rest;
        this.speaksPostgres = speaksPostgres;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        daemon(this::accept, "fault-proxy");
    }

    private static MatchResult parts(String url) {
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a URL of PostgreSQL with host and port: " + url);
        }
        return parts;
    }

    /** Creates a proxy in front of a server of any other kind, at this port of the loopback interface. */
    public static FaultProxy before(int port) {
        return new FaultProxy(LOOPBACK, port, "", false, LOOPBACK);
    }

    /** Returns host and port to which the client connects. */
    public String address() {
        return listening.getInetAddress().getHostAddress() + ":" + listening.getLocalPort();
    }

    /** Returns the URL of the same database through this proxy. */
    public String url() {
        return "jdbc:postgresql://" + address() + "/" + rest;
    }

    /** Cuts the connection of the next COMMIT before the server receives it. */
    public void cutBeforeNextCommit() {
        next.set(Fault.BEFORE_COMMIT);
    }

    /**
     * Cuts the connection of the next COMMIT after the server has carried it out and before the client gets the answer.
     */
    public void cutAfterNextCommit() {
        next.set(Fault.AFTER_COMMIT);
    }

    /** Directs new connections to this port, as after a failover of the server. */
    public void lead(int toPort) {
        port = toPort;
    }

    /** Cuts each new connection at once, or no longer does. */
    public void refuse(boolean on) {
        refusing = on;
    }

    /**
     * Cuts all connections on both sides, including one that the server has accepted and the proxy has not registered
     * yet.
     */
    public void cut() {
        synchronized (connections) {
            connections.forEach(Connection::cut);
        }
    }

    /** Delays each message by this time, in each direction. */
    public void delay(Duration longer) {
        pace = new Pace(Integer.MAX_VALUE, longer);
    }

    /** Delivers each message in pieces of 64 bytes, in each direction, and delays each piece by this time. */
    public void drip(Duration each) {
        pace = new Pace(DRIP_BYTES, each);
    }

    /** Ends {@link #delay} and {@link #drip}. */
    public void hurry() {
        pace = Pace.AT_ONCE;
    }

    /** Stops all traffic in both directions without closing any connection, or lets it continue. */
    public void standStill(boolean on) {
        synchronized (gate) {
            still = on;
            gate.notifyAll();
        }
    }

    private void pass(OutputStream to, byte[] bytes, int length) throws IOException {
        for (int at = 0; at < length; ) {
            Pace now = pace;
            int piece = Math.min(now.bytes(), length - at);
            pause(now.longer());
            awaitMotion();
            to.write(bytes, at, piece);
            to.flush();
            at += piece;
        }
    }

    private static void pause(Duration span) throws IOException {
        try {
            Thread.sleep(span.toMillis());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private void awaitMotion() throws IOException {
        synchronized (gate) {
            while (still) {
                try {
                    gate.wait();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                connect(listening.accept());
            } catch (IOException e) {
                // closed
            }
        }
    }

    private void connect(Socket client) throws IOException {
        synchronized (connections) {
            if (refusing) {
                client.close();
                return;
            }
            try {
                Connection connection = new Connection(client, new Socket(host, port));
                connections.add(connection);
                connection.start();
            } catch (IOException e) {
                client.close(); // the server cannot be reached
            }
        }
    }

    private static void daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        standStill(false);
        cut();
    }

    private final class Connection {
        private final Socket client;
        private final Socket server;
        private final Set<String> commits = new HashSet<>();
        private volatile boolean deaf;

        Connection(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void start() {
            daemon(() -> run(speaksPostgres ? this::toServer : this::bytesToServer), "fault-proxy-up");
            daemon(() -> run(this::toClient), "fault-proxy-down");
        }

        private interface Direction {
            void pump() throws IOException;
        }

        private void run(Direction direction) {
            try {
                direction.pump();
            } catch (IOException e) {
                // one side has closed
            }
            try {
                awaitMotion(); // while all traffic is stopped, the other side must not see the end either
            } catch (IOException e) {
                // interrupted
            } finally {
                cut();
            }
        }

        void cut() {
            connections.remove(this);
            try {
                client.close();
                server.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private void bytesToServer() throws IOException {
            InputStream from = client.getInputStream();
            byte[] buffer = new byte[8192];
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                pass(server.getOutputStream(), buffer, read);
            }
        }

        private void toServer() throws IOException {
            DataInputStream from = new DataInputStream(client.getInputStream());
            OutputStream to = server.getOutputStream();
            int code;
            do {
                byte[] message = message(from, from.readInt());
                code = ByteBuffer.wrap(message, 4, 4).getInt();
                pass(to, message, message.length);
            } while (BEFORE_STARTUP.contains(code));
            for (int kind = from.read(); kind >= 0; kind = from.read()) {
                byte[] message = message(from, from.readInt());
                if (isCommit(kind, message) && fails()) {
                    return;
                }
                to.write(kind);
                pass(to, message, message.length);
            }
        }

        /** Returns whether the connection is to be cut before the server receives the COMMIT. */
        private boolean fails() {
            Fault fault = next.getAndSet(Fault.NONE);
            deaf = fault == Fault.AFTER_COMMIT;
            return fault == Fault.BEFORE_COMMIT;
        }

        private static byte[] message(DataInputStream from, int length) throws IOException {
            ByteBuffer whole = ByteBuffer.allocate(length).putInt(length);
            from.readFully(whole.array(), 4, length - 4);
            return whole.array();
        }

        /** Returns whether the message is COMMIT as a simple query, or binds a statement that was parsed as COMMIT. */
        private boolean isCommit(int kind, byte[] message) {
            String[] words = new String(message, 4, message.length - 4, StandardCharsets.ISO_8859_1).split("\0", -1);
            if (kind == 'P' && words[1].equalsIgnoreCase("COMMIT")) {
                commits.add(words[0]);
            } else if (kind == 'P') {
                commits.remove(words[0]);
            }
            return kind == 'Q' && words[0].equalsIgnoreCase("COMMIT") || kind == 'B' && commits.contains(words[1]);
        }

        private void toClient() throws IOException {
            InputStream from = server.getInputStream();
            OutputStream to = client.getOutputStream();
            ByteArrayOutputStream unheard = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                if (!deaf) {
                    pass(to, buffer, read);
                    continue;
                }
                unheard.write(buffer, 0, read);
                if (endsReady(unheard.toByteArray())) {
                    return;
                }
            }
        }

        private static boolean endsReady(byte[] bytes) {
            return bytes.length >= READY.length
                    && ByteBuffer.wrap(bytes, bytes.length - READY.length, READY.length)
                            .equals(ByteBuffer.wrap(READY));
        }
    }
}
