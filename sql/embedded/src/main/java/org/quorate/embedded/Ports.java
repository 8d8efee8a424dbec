package org.quorate.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Issues ports for servers on this machine, each at most once per process. They are below the range that the system
 * gives to clients: a client that looks for a stopped server could get the server's port, and connect to itself.
 * Thread-safe.
 */
public final class Ports {
    private static final int FIRST = 15_000;
    private static final int COUNT = 15_000;

    private static final Random RANDOM = new Random();
    private static final Set<Integer> GIVEN = new HashSet<>();

    private Ports() {}

    /** Returns a free port. Throws {@link IllegalStateException} if a thousand tries find none. */
    public static int free() {
        return free(1);
    }

    /** Returns the first of {@code count} consecutive free ports. */
    public static synchronized int free(int count) {
        for (int tries = 0; tries < 1000; tries++) {
            int first = FIRST + RANDOM.nextInt(COUNT);
            if (IntStream.range(first, first + count).allMatch(port -> !GIVEN.contains(port) && isFree(port))) {
                IntStream.range(first, first + count).forEach(GIVEN::add);
                return first;
            }
        }
        throw new IllegalStateException("no free port on the loopback interface");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
