package org.quorate.agent.link;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client that sends any bytes that a test gives it, and records the answers. */
public final class RawBuildmaster implements AutoCloseable {
    public static final String HELLO =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{\"protocol\":1,\"name\":\"raw\","
                    + "\"version\":\"0\",\"slots\":1,\"builders\":[{\"name\":\"b\",\"slots\":1}],"
                    + "\"schedulers\":[],\"running\":[]}}";
    private static final JsonMapper JSON = new JsonMapper();
    private static final String END = "<end>";

    private final SocketChannel channel;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    public RawBuildmaster(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        Thread reader = new Thread(this::read, "raw-reader");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // counts as the end of the stream
        }
        lines.add(END);
    }

    public RawBuildmaster send(String line) throws IOException {
        return bytes((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    RawBuildmaster bytes(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        return this;
    }

    public JsonNode receive() throws Exception {
        String line = next();
        if (line.equals(END)) {
            throw new AssertionError("the agent closed the connection");
        }
        return JSON.readTree(line);
    }

    /** Returns the next message unchanged. */
    String receiveLine() throws Exception {
        return next();
    }

    /** Returns the code of the next message, which must be an error. */
    int receiveError() throws Exception {
        JsonNode message = receive();
        if (!message.path("error").path("message").isTextual()) {
            throw new AssertionError("not an error: " + message);
        }
        return message.path("error").path("code").asInt();
    }

    /** Waits for the end of the connection, and drops the messages before it. */
    void awaitEnd() throws Exception {
        for (String line = next(); !line.equals(END); line = next()) {
            // a message before the end
        }
    }

    private String next() throws Exception {
        String line = lines.poll(5, TimeUnit.MINUTES);
        if (line == null) {
            throw new AssertionError("no message within 5 minutes");
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
