package org.quorate.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Ports for servers that stop and start again. Below those that the system gives to clients: one that looks for a server that
 * is away could get the server's own port, and connect to itself. Thread-safe.
 */
final class Ports {
    private static final int FIRST = 15_000;
    private static final int COUNT = 15_000;

    private final Random random = new Random();
    private final Set<Integer> given = new HashSet<>();

    synchronized int next() {
        for (int tries = 0; tries < 1000; tries++) {
            int port = FIRST + random.nextInt(COUNT);
            if (isFree(port) && given.add(port)) {
                return port;
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
