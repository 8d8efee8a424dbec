package org.quorate.acceptance;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Listens in the place of an agent, and behaves as no agent should. */
final class StrangeAgent implements AutoCloseable {
    enum Manner {
        /** Sends a line that is no message. */
        GARBAGE,
        /** Accepts connections, and never answers. */
        SILENCE,
        /** Supports later versions of the protocol only, and reports that. */
        NEWER_PROTOCOL
    }

    private static final Pattern ID = Pattern.compile("\"id\": ?(\\d+)");

    private final ServerSocketChannel server;
    private final List<SocketChannel> connections = new CopyOnWriteArrayList<>();
    private volatile Manner manner = Manner.GARBAGE;

    private StrangeAgent(ServerSocketChannel server) {
        this.server = server;
    }

    static StrangeAgent at(Path socket) throws IOException {
        Files.deleteIfExists(socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        StrangeAgent agent = new StrangeAgent(server);
        Thread thread = new Thread(agent::serve, "strange-agent");
        thread.setDaemon(true);
        thread.start();
        return agent;
    }

    private void serve() {
        try {
            while (true) {
                SocketChannel connection = server.accept();
                connections.add(connection);
                greet(connection);
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void greet(SocketChannel connection) throws IOException {
        switch (manner) {
            case GARBAGE -> send(connection, "<html>502 Bad Gateway</html>");
            case SILENCE -> {}
            case NEWER_PROTOCOL -> {
                Matcher id = ID.matcher(new Scanner(Channels.newReader(connection, StandardCharsets.UTF_8)).nextLine());
                if (id.find()) {
                    send(
                            connection,
                            "{\"jsonrpc\":\"2.0\",\"id\":" + id.group(1)
                                    + ",\"error\":{\"code\":-32004,\"message\":\"protocol 1 is "
                                    + "not supported: 8 and 9 are\"}}");
                }
            }
        }
    }

    private static void send(SocketChannel connection, String line) throws IOException {
        connection.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    /** Behaves in this way from the next connection on. The present connections are closed. */
    void become(Manner next) throws IOException {
        manner = next;
        closeConnections();
    }

    private void closeConnections() throws IOException {
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        closeConnections();
    }
}
