package org.quorate.zookeeper;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;

/**
 * One ZooKeeper server inside this process, on the loopback interface, for the demo and for tests. The server needs the
 * library snappy-java, which is not on production's class path. The data survives a restart over the same directory.
 * Thread-safe.
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final ZooKeeperServerEmbedded server;
    private final String connectString;

    private EmbeddedZooKeeper(ZooKeeperServerEmbedded server, String connectString) {
        this.server = server;
        this.connectString = connectString;
    }

    /** Starts on any free port, over the directory, which is created if it is missing. */
    public static EmbeddedZooKeeper start(Path directory) {
        return start(directory, 0);
    }

    /**
     * Starts over the directory, which is created if it is missing.
     *
     * @param port the port, 0 for any free one
     */
    public static EmbeddedZooKeeper start(Path directory, int port) {
        try {
            Files.createDirectories(directory.resolve("data"));
            ZooKeeperServerEmbedded server = ZooKeeperServerEmbedded.builder()
                    .baseDir(directory)
                    .configuration(configuration(directory, port))
                    .exitHandler(ExitHandler.LOG_ONLY)
                    .build();
            removeOldConfigurations(directory);
            server.start(START.toMillis());
            return new EmbeddedZooKeeper(server, server.getConnectionString());
        } catch (Exception e) {
            throw new IllegalStateException("the embedded ZooKeeper over " + directory + " did not start", e);
        }
    }

    /** Returns {@code host:port} for clients. */
    public String connectString() {
        return connectString;
    }

    /** Returns the port, for a restart on the same one. */
    public int port() {
        return Integer.parseInt(connectString.substring(connectString.lastIndexOf(':') + 1));
    }

    @Override
    public void close() {
        server.close();
    }

    /**
     * Runs a server as a process of its own: {@code EmbeddedZooKeeper <directory> <port>}. Prints its connect string.
     */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length != 2) {
            System.err.println("usage: EmbeddedZooKeeper <directory> <port, 0 for any>");
            System.exit(2);
        }
        EmbeddedZooKeeper server = start(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "close-zookeeper"));
        System.out.println(server.connectString());
        new CountDownLatch(1).await();
    }

    private static Properties configuration(Path directory, int port) {
        Properties properties = new Properties();
        properties.setProperty("dataDir", directory.resolve("data").toString());
        properties.setProperty(
                "clientPortAddress", InetAddress.getLoopbackAddress().getHostAddress());
        properties.setProperty("clientPort", Integer.toString(port));
        properties.setProperty("tickTime", "500");
        properties.setProperty("minSessionTimeout", "1000");
        properties.setProperty("maxSessionTimeout", "60000");
        properties.setProperty("maxClientCnxns", "0");
        properties.setProperty("admin.enableServer", "false");
        // allocate the log file in steps of 1 MB, not 64 MB
        properties.setProperty("preAllocSize", "1024");
        properties.setProperty("autopurge.snapRetainCount", "3");
        properties.setProperty("autopurge.purgeInterval", "1");
        return properties;
    }

    /** Deletes old configuration files: the server writes one at each start and never removes any. */
    private static void removeOldConfigurations(Path directory) throws IOException {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(directory, "zookeeper.configuration*.properties")) {
            for (Path file : old) {
                Files.delete(file);
            }
        }
    }
}
