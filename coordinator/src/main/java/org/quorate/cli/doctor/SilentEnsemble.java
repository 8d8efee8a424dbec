package org.quorate.cli.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.quorate.config.HostPort;
import org.quorate.config.Unreadable;

/** Finds out why an ensemble does not answer Quorate's session. */
final class SilentEnsemble {
    private static final int PATIENCE_MILLIS = 1_000;

    private static final String AUTHENTICATION =
            "the servers want clients to authenticate: set QUORATE_JAVA_OPTS=-Djava.security.auth.login.config=FILE for"
                    + " the agents and for this command (for DIGEST-MD5 also -Dzookeeper.fips-mode=false)";
    private static final String MAJORITY =
            "a majority of the servers must run: ask each with echo srvr | nc HOST 2181; or try a longer --timeout";

    private SilentEnsemble() {}

    /** Returns how to mend it. Connects to each server, for at most a second or two. */
    static String remedy(String complaint, String connect) {
        if (complaint.contains("authenticate") || complaint.contains("AuthFailed")) {
            return AUTHENTICATION;
        }
        List<String> servers = Arrays.stream(connect.replaceFirst("/.*", "").split(",", -1))
                .map(String::strip)
                .toList();
        Predicate<String> speaks = SilentEnsemble::speaksPlainly;
        return servers.stream()
                .filter(speaks.negate())
                .filter(SilentEnsemble::accepts)
                .findFirst()
                .map(server -> server + " accepts connections and answers nothing in plain text: if that is its TLS"
                        + " port (secureClientPort), set QUORATE_JAVA_OPTS=\"-Dzookeeper.client.secure=true"
                        + " -Dzookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty\" and the key"
                        + " and trust stores (zookeeper.ssl.*) for the agents and for this command; otherwise "
                        + MAJORITY)
                .orElse(MAJORITY);
    }

    private static boolean accepts(String server) {
        try (Socket socket = connected(server)) {
            return socket.isConnected();
        } catch (IOException | Unreadable e) {
            return false;
        }
    }

    /** Returns whether the server answers a command of four letters, even if only to refuse it. */
    private static boolean speaksPlainly(String server) {
        try (Socket socket = connected(server)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            InputStream answer = socket.getInputStream();
            int first = answer.read();
            return first >= ' ' && first <= '~';
        } catch (IOException | Unreadable e) {
            return false;
        }
    }

    private static Socket connected(String server) throws IOException, Unreadable {
        HostPort address = HostPort.parse(server);
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(address.host(), address.port()), PATIENCE_MILLIS);
        return socket;
    }
}
