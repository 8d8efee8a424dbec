package org.quorate.acceptance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * A test's own end of the link to an agent. The test writes it line by line, as a buildmaster or as a stranger. One
 * thread writes.
 */
final class LinkByHand implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SocketChannel channel;
    private final List<JsonNode> heard = new CopyOnWriteArrayList<>();
    private volatile boolean closed;
    private int lastId;

    private LinkByHand(SocketChannel channel) {
        this.channel = channel;
    }

    static LinkByHand to(Master master) {
        try {
            LinkByHand link = new LinkByHand(SocketChannel.open(UnixDomainSocketAddress.of(master.link())));
            Thread reader = new Thread(link::listen, "link-by-hand");
            reader.setDaemon(true);
            reader.start();
            return link;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen() {
        try (BufferedReader lines =
                new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8.newDecoder(), -1))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                heard.add(JSON.readTree(line));
            }
        } catch (IOException e) {
            // closed by one of the two sides
        }
        closed = true;
    }

    /** Writes the text as it is; the agent may not read it. Returns false if the agent closed the connection. */
    boolean write(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends a request without waiting for the answer. Returns its id. */
    int send(String method, String params) {
        lastId++;
        write("{\"jsonrpc\":\"2.0\",\"id\":" + lastId + ",\"method\":\"" + method + "\",\"params\":" + params + "}\n");
        return lastId;
    }

    JsonNode call(String method, String params) {
        return answer(send(method, params));
    }

    /** Returns the whole message that answers this request. */
    JsonNode answer(int id) {
        return await(message -> message.path("id").asInt() == id);
    }

    /** Returns the first such message since the link was opened, and waits for it if necessary. */
    JsonNode await(Predicate<JsonNode> wanted) {
        Patience.until(() -> heard.stream().anyMatch(wanted));
        return heard.stream().filter(wanted).findFirst().orElseThrow();
    }

    /** Returns the parameters of the first notification of this method. */
    JsonNode awaitNotification(String method) {
        return await(message -> message.path("method").asText().equals(method)).path("params");
    }

    List<JsonNode> heard() {
        return List.copyOf(heard);
    }

    void awaitClosed() {
        Patience.until(() -> closed);
    }

    /** Returns the parameters of a hello. */
    static String hello(String master, String builder, List<String> schedulers, List<String> running) {
        try {
            var params = JSON.createObjectNode()
                    .put("protocol", 1)
                    .put("name", master)
                    .put("version", "by hand")
                    .put("slots", 4);
            params.putArray("builders").addObject().put("name", builder).put("slots", 4);
            var offered = params.putArray("schedulers");
            schedulers.forEach(name -> offered.addObject().put("name", name).put("kind", "periodic"));
            var claims = params.putArray("running");
            for (String claim : running) {
                claims.add(JSON.readTree(claim));
            }
            return params.toString();
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
