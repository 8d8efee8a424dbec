package org.quorate.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A network of its own for one run. Each node lives in a network namespace, and one more namespace, the hub, routes
 * between all of them. So packets between any two nodes can vanish without either noticing. Needs root, and Debian's
 * package iproute2. Thread-safe.
 */
final class Network implements AutoCloseable {
    /** The place of all machines and servers if there is no network. */
    static final Node LOOPBACK = new Node("127.0.0.1", List.of());

    private static final Pattern OURS = Pattern.compile("qf(\\d+)-.*");

    private final String name = "qf" + ProcessHandle.current().pid();
    private final String hub = name + "-hub";
    private final String subnet = "10.213." + ProcessHandle.current().pid() % 250;
    private final String host = subnet + ".2";
    private final Set<Cut> cuts = new LinkedHashSet<>();
    private int links;

    private record Cut(String from, String to) {}

    /**
     * One place in the network.
     *
     * @param address the IPv4 address
     * @param command the beginning of a command line that runs there; the process keeps its id
     */
    record Node(String address, List<String> command) {
        Node {
            command = List.copyOf(command);
        }
    }

    private Network() {}

    /** Returns whether such a network can be made: tries it if there is none. */
    static boolean isPossible() {
        try (Network trial = create()) {
            trial.cut(trial.add("trial").address(), trial.host());
            return true;
        } catch (IOException | IllegalStateException e) {
            return false;
        }
    }

    static Network create() throws IOException {
        deleteWhatOthersLeft();
        Network network = new Network();
        try {
            network.connectHost();
        } catch (IOException e) {
            network.close();
            throw e;
        }
        return network;
    }

    /** Makes the hub. It must not filter by return paths, or a cut of one direction would cut both. */
    private void connectHost() throws IOException {
        ip("netns", "add", hub);
        for (String setting : List.of("ip_forward=1", "conf.all.rp_filter=0", "conf.default.rp_filter=0")) {
            ip("netns", "exec", hub, "sysctl", "-qw", "net.ipv4." + setting);
        }
        ip("link", "add", name, "type", "veth", "peer", "name", nextLink(), "netns", hub);
        ip("address", "add", host + "/30", "dev", name);
        ip("link", "set", name, "up");
        ip("route", "add", subnet + ".0/24", "via", router());
    }

    /** Returns the place of the harness itself. */
    String host() {
        return host;
    }

    synchronized Node add(String node) throws IOException {
        String namespace = name + "-" + node;
        ip("netns", "add", namespace);
        ip("link", "add", "eth0", "netns", namespace, "type", "veth", "peer", "name", nextLink(), "netns", hub);
        ip("-n", namespace, "address", "add", second() + "/30", "dev", "eth0");
        ip("-n", namespace, "link", "set", "lo", "up");
        ip("-n", namespace, "link", "set", "eth0", "up");
        String address = second();
        ip("-n", namespace, "route", "add", "default", "via", router());
        return new Node(address, List.of("ip", "netns", "exec", namespace));
    }

    private String nextLink() {
        links++;
        return "link" + links;
    }

    /** Brings the hub's end of the newest link up. */
    private String router() throws IOException {
        String router = address(1);
        ip("-n", hub, "address", "add", router + "/30", "dev", "link" + links);
        ip("-n", hub, "link", "set", "link" + links, "up");
        return router;
    }

    /** Brings the node's end of the newest link up. */
    private String second() {
        return address(2);
    }

    private String address(int end) {
        return subnet + "." + (4 * (links - 1) + end);
    }

    /** Lets packets from the first node to the second vanish from now on; those in the other direction pass. */
    synchronized void cut(String from, String to) {
        Cut cut = new Cut(from, to);
        if (!cuts.contains(cut)) {
            rule("add", from, to);
            cuts.add(cut);
        }
    }

    void cutBothWays(String one, String other) {
        cut(one, other);
        cut(other, one);
    }

    /** Lets all packets from and to this node pass again. */
    synchronized void heal(String address) {
        heal(cut -> cut.from.equals(address) || cut.to.equals(address));
    }

    /** Lets all packets between these nodes pass again. */
    synchronized void healAmong(Collection<String> addresses) {
        heal(cut -> addresses.contains(cut.from) && addresses.contains(cut.to));
    }

    private void heal(Predicate<Cut> which) {
        for (Cut cut : List.copyOf(cuts)) {
            if (which.test(cut)) {
                rule("delete", cut.from, cut.to);
                cuts.remove(cut);
            }
        }
    }

    private void rule(String what, String from, String to) {
        try {
            ip("-n", hub, "rule", what, "from", from, "to", to, "blackhole");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Deletes the network. The nodes' links vanish with the hub; the host's would too, but later than the next network
     * may need its name.
     */
    @Override
    public synchronized void close() {
        try {
            if (Files.exists(Path.of("/sys/class/net", name))) {
                ip("link", "delete", name);
            }
            deleteOf(name);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void deleteOf(String run) throws IOException {
        for (String namespace : namespaces()) {
            if (namespace.startsWith(run + "-")) {
                ip("netns", "delete", namespace);
            }
        }
    }

    private static void deleteWhatOthersLeft() throws IOException {
        for (String namespace : namespaces()) {
            Matcher ours = OURS.matcher(namespace);
            if (ours.matches()
                    && ProcessHandle.of(Long.parseLong(ours.group(1))).isEmpty()) {
                ip("netns", "delete", namespace);
            }
        }
    }

    private static List<String> namespaces() throws IOException {
        return RootCommand.run(List.of("ip", "netns", "list"))
                .lines()
                .map(line -> line.split(" ")[0])
                .toList();
    }

    private static void ip(String... words) throws IOException {
        RootCommand.run(Stream.concat(Stream.of("ip"), Arrays.stream(words)).toList());
    }
}
