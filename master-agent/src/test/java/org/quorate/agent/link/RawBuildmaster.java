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

/** A client that sends whatever bytes it is told to, and notes what comes back. */
public final class RawBuildmaster implements AutoCloseable {
    public static final String HELLO =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{\"protocol\":1,\"name\":\"raw\","
                    + "\"version\":\"0\",\"slots\":1,\"builders\":[{\"name\":\"b\",\"slots\":1}],\"schedulers\":[],\"running\":[]}}";
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
            // the end, too
        }
        lines.add(END);
    }

    public RawBuildmaster say(String line) throws IOException {
        return bytes((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    RawBuildmaster bytes(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        return this;
    }

    public JsonNode hear() throws Exception {
        String line = next();
        if (line.equals(END)) {
            throw new AssertionError("the agent closed the connection");
        }
        return JSON.readTree(line);
    }

    /** The next message as it came. */
    String hearLine() throws Exception {
        return next();
    }

    /** The code of the next message, which must be an error. */
    int hearError() throws Exception {
        JsonNode message = hear();
        if (!message.path("error").path("message").isTextual()) {
            throw new AssertionError("not an error: " + message);
        }
        return message.path("error").path("code").asInt();
    }

    /** Reads on to the end. */
    void hearTheEnd() throws Exception {
        for (String line = next(); !line.equals(END); line = next()) {
            // what was said before
        }
    }

    private String next() throws Exception {
        String line = lines.poll(5, TimeUnit.MINUTES);
        if (line == null) {
            throw new AssertionError("nothing heard within 60 s");
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
