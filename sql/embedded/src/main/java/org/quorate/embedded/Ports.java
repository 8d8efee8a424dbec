package org.quorate.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Ports for servers on this machine. Below those that the system gives to clients: one that looks for a server that is away
 * could get the server's own port, and connect to itself. None is given twice by one process. Thread-safe.
 */
public final class Ports {
    private static final int FIRST = 15_000;
    private static final int COUNT = 15_000;

    private static final Random RANDOM = new Random();
    private static final Set<Integer> GIVEN = new HashSet<>();

    private Ports() {}

    /** Throws {@link IllegalStateException} when a thousand that were tried are taken. */
    public static int free() {
        return free(1);
    }

    /** The first of some in a row. */
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
