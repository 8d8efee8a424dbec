package org.quorate.agent.shell;

import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import org.quorate.agent.link.InMemoryAgent;
import org.quorate.agent.link.LinkServer;

/** A shell buildmaster in this process, connected to an agent in memory by a real socket. */
final class RunningShell implements AutoCloseable {
    final InMemoryAgent agent = new InMemoryAgent();
    final Path directory;
    final Path socket;
    private LinkServer server;
    private Buildmaster buildmaster;
    private CompletableFuture<Integer> exit;

    RunningShell(Path directory) {
        this.directory = directory;
        this.socket = directory.resolve("link/agent.sock");
        this.server = new LinkServer(socket, agent, System::nanoTime);
    }

    /** Starts with {@code rest} as the builders and schedulers of the configuration. */
    RunningShell start(String rest) throws Exception {
        server.start();
        return startWithoutAgent(rest);
    }

    RunningShell startWithoutAgent(String rest) throws Exception {
        Configuration configuration = ConfigurationTest.parse("slots: 4\ndirectory: " + directory + "/builds\n" + rest);
        buildmaster = new Buildmaster(
                configuration, "c/m1", socket, Wrapper.ofThisMachine(), Clock.systemUTC(), System::nanoTime);
        exit = buildmaster.start();
        return this;
    }

    void stopAgent() {
        server.close();
    }

    void startAgent() {
        server = new LinkServer(socket, agent, System::nanoTime);
        server.start();
    }

    void terminate() {
        buildmaster.stop();
    }

    CompletableFuture<Integer> exit() {
        return exit;
    }

    @Override
    public void close() {
        if (buildmaster != null) {
            buildmaster.close();
        }
        server.close();
    }
}
