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
 * A network between a client and a server that fails where a test wants it: altogether, without a word, as when a machine
 * vanishes and its connections stay half open, or slowly. In front of PostgreSQL it reads the client's half of the protocol,
 * and fails just before the next COMMIT reaches the server, or just after the server has carried it out. Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Pattern URL = Pattern.compile("jdbc:postgresql://([^:/]+):(\\d+)/(.*)");
    /** SSLRequest, GSSENCRequest and CancelRequest come before the startup message, or instead of it. */
    private static final Set<Integer> BEFORE_STARTUP = Set.of(80877102, 80877103, 80877104);
    /** ReadyForQuery, outside of a transaction. */
    private static final byte[] READY = {'Z', 0, 0, 0, 5, 'I'};

    private static final int DRIP_BYTES = 64;

    /** What passes at a time, and how long it takes. */
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

    /** In front of the PostgreSQL of this URL. */
    public FaultProxy(String url) {
        this(url, LOOPBACK);
    }

    /** The same for clients that reach this machine at this address. */
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

    /** In front of a server of any other kind, at this port of the loopback interface. */
    public static FaultProxy before(int port) {
        return new FaultProxy(LOOPBACK, port, "", false, LOOPBACK);
    }

    /** Host and port that the client connects to. */
    public String address() {
        return listening.getInetAddress().getHostAddress() + ":" + listening.getLocalPort();
    }

    /** The same database, through this proxy. */
    public String url() {
        return "jdbc:postgresql://" + address() + "/" + rest;
    }

    /** The connection whose COMMIT comes next is cut before the server hears of it. */
    public void cutBeforeNextCommit() {
        next.set(Fault.BEFORE_COMMIT);
    }

    /** The connection whose COMMIT comes next is cut when the server has carried it out and before the client hears of it. */
    public void cutAfterNextCommit() {
        next.set(Fault.AFTER_COMMIT);
    }

    /** New connections lead to this port from now on, as after a failover of the server. */
    public void lead(int toPort) {
        port = toPort;
    }

    /** From now on connections are cut at once, or no longer. */
    public void refuse(boolean on) {
        refusing = on;
    }

    /** All connections end now, on both sides: also one that the server has taken while it is not yet among them. */
    public void cut() {
        synchronized (connections) {
            connections.forEach(Connection::cut);
        }
    }

    /** From now on each message takes so much longer in each direction. */
    public void delay(Duration longer) {
        pace = new Pace(Integer.MAX_VALUE, longer);
    }

    /** From now on each message arrives 64 bytes at a time, in each direction, and each takes so long. */
    public void drip(Duration each) {
        pace = new Pace(DRIP_BYTES, each);
    }

    /** From now on everything passes at once. */
    public void hurry() {
        pace = Pace.AT_ONCE;
    }

    /** From now on nothing passes in either direction and nobody is told, or it passes again. */
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
                client.close(); // the server is away
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
                // one side is gone
            }
            try {
                awaitMotion(); // nor does the other side hear of an end
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

        /** True when the connection is to end before the server hears of the COMMIT. */
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

        /** A simple query, or the binding of a statement that was parsed as COMMIT. */
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
