package org.quorate.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.quorate.embedded.Ports;

/** Three ZooKeeper servers, each a process of its own. Thread-safe. */
final class Ensemble implements AutoCloseable {
    static final int SERVERS = 3;

    /**
     * Starts all servers, on one thread of its own: a server that is to die with its parent dies with the thread that
     * started it.
     */
    private final ExecutorService launcher = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "zookeeper-launcher");
        thread.setDaemon(true);
        return thread;
    });

    private final Path directory;
    private final String classPath;
    private final List<Network.Node> nodes;
    private final List<Integer> clientPorts;
    private final List<String> servers;
    private final List<Process> processes = new ArrayList<>();

    private Ensemble(Path directory, String classPath, List<Network.Node> nodes) {
        this.directory = directory;
        this.classPath = classPath;
        this.nodes = nodes;
        this.clientPorts =
                IntStream.range(0, SERVERS).map(i -> Ports.free()).boxed().toList();
        this.servers = IntStream.rangeClosed(1, SERVERS)
                .mapToObj(i -> "server." + i + "=" + address(i) + ":" + Ports.free() + ":" + Ports.free())
                .toList();
    }

    /**
     * @param classPath where ZooKeeper's classes are
     * @param network in which each server gets a node; empty: all are on the loopback interface
     */
    static Ensemble start(Path directory, String classPath, Optional<Network> network) throws IOException {
        List<Network.Node> nodes = new ArrayList<>();
        for (int server = 1; server <= SERVERS; server++) {
            nodes.add(network.isPresent() ? network.get().add("zk" + server) : Network.LOOPBACK);
        }
        Ensemble ensemble = new Ensemble(directory, classPath, List.copyOf(nodes));
        for (int server = 1; server <= SERVERS; server++) {
            ensemble.configure(server);
            ensemble.processes.add(ensemble.launch(server));
        }
        return ensemble;
    }

    private Path folder(int server) {
        return directory.resolve("zk" + server);
    }

    private void configure(int server) {
        try {
            Path data = Files.createDirectories(folder(server).resolve("data"));
            Files.writeString(data.resolve("myid"), server + "\n");
            List<String> lines = new ArrayList<>(List.of(
                    "dataDir=" + data,
                    "clientPortAddress=" + address(server),
                    "clientPort=" + port(server),
                    "tickTime=500",
                    "initLimit=20",
                    "syncLimit=8",
                    "minSessionTimeout=1000",
                    "maxSessionTimeout=60000",
                    "maxClientCnxns=0",
                    "admin.enableServer=false",
                    "preAllocSize=1024",
                    // faults kill processes, not the machine
                    "forceSync=no",
                    "4lw.commands.whitelist=srvr"));
            lines.addAll(servers);
            Files.write(folder(server).resolve("zoo.cfg"), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process launch(int server) {
        List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
        words.addAll(nodes.get(server - 1).command());
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                classPath,
                "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                folder(server).resolve("zoo.cfg").toString()));
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder(server).resolve("log").toFile()));
        try {
            return launcher.submit(builder::start).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a ZooKeeper server cannot be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private int port(int server) {
        return clientPorts.get(server - 1);
    }

    String address(int server) {
        return nodes.get(server - 1).address();
    }

    List<InetSocketAddress> clientAddresses() {
        return IntStream.rangeClosed(1, SERVERS)
                .mapToObj(server -> new InetSocketAddress(address(server), port(server)))
                .toList();
    }

    /** Returns the connect string for clients that no fault touches. */
    String connectString() {
        return IntStream.rangeClosed(1, SERVERS)
                .mapToObj(server -> address(server) + ":" + port(server))
                .collect(Collectors.joining(","));
    }

    synchronized void kill(int server) {
        processes.get(server - 1).destroyForcibly();
    }

    /** Ends the server first if it runs. */
    synchronized void startAgain(int server) {
        try {
            processes.get(server - 1).destroyForcibly().waitFor();
            processes.set(server - 1, launch(server));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized void signal(int server, String name) {
        Signal.send(name, List.of(processes.get(server - 1).pid()));
    }

    /** Returns the leader's number, or 0 if there is none or it does not answer. */
    int leader() {
        return IntStream.rangeClosed(1, SERVERS)
                .filter(server -> mode(server).equals("leader"))
                .findFirst()
                .orElse(0);
    }

    /** @throws Nemesis.Impossible if there is no leader now */
    int leaderNow() {
        int leader = leader();
        if (leader == 0) {
            throw new Nemesis.Impossible("there is no leader now");
        }
        return leader;
    }

    boolean isServing(int server) {
        return List.of("leader", "follower").contains(mode(server));
    }

    private String mode(int server) {
        try (Socket socket = new Socket(address(server), port(server))) {
            socket.setSoTimeout(1000);
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            InputStream answer = socket.getInputStream();
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("Mode: "))
                    .map(line -> line.substring(6))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    /** Restores all servers: all run, and none is frozen. */
    synchronized void heal() {
        for (int server = 1; server <= SERVERS; server++) {
            if (processes.get(server - 1).isAlive()) {
                signal(server, "CONT");
            } else {
                startAgain(server);
            }
        }
    }

    @Override
    public synchronized void close() {
        processes.forEach(Process::destroyForcibly);
        launcher.shutdown();
    }
}
