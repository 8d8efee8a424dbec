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
 * A network of its own for one run: each node lives in a network namespace, and one more of them routes between all, so
 * that what any of them sends to any other can vanish on its way, without a word to either. Needs root, and Debian's
 * package iproute2. Thread-safe.
 */
final class Network implements AutoCloseable {
    /** Where all are that have no network of their own. */
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
     * @param address of IPv4
     * @param command what a command line begins with that runs there; the process stays the one that was started
     */
    record Node(String address, List<String> command) {
        Node {
            command = List.copyOf(command);
        }
    }

    private Network() {}

    /** Tries it, while there is none. */
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

    /** The hub drops nothing of itself: by the filter for return paths a cut of one direction would be one of both. */
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

    /** Where the harness itself is. */
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

    /** The hub's end of the newest link, brought up. */
    private String router() throws IOException {
        String router = address(1);
        ip("-n", hub, "address", "add", router + "/30", "dev", "link" + links);
        ip("-n", hub, "link", "set", "link" + links, "up");
        return router;
    }

    /** The node's end of the newest link. */
    private String second() {
        return address(2);
    }

    private String address(int end) {
        return subnet + "." + (4 * (links - 1) + end);
    }

    /** From now on what the one sends to the other vanishes; not what the other sends. */
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

    /** Everything passes again that this one sends or is sent. */
    synchronized void heal(String address) {
        heal(cut -> cut.from.equals(address) || cut.to.equals(address));
    }

    /** Everything passes again that these send each other. */
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

    /** The nodes' links go with the hub; so would the host's, but later than the next network may want its name. */
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
