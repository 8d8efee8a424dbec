package org.quorate.agent.gateway;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import jdk.net.ExtendedSocketOptions;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.status.AgentSnapshot;
import org.quorate.config.HostPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port to which workers connect. One thread serves all of them, and an idle worker costs a few kilobytes. When a
 * master ends, the connections of its workers are closed at once, so that they connect again and get another master.
 * Thread-safe.
 */
public final class WorkerGateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerGateway.class);

    static {
        // netty would use sun.misc.Unsafe, about which Java warns since version 24; the few features used here work
        // without it
        System.setProperty("io.netty.noUnsafe", System.getProperty("io.netty.noUnsafe", "true"));
    }

    /** The timeout of a connection attempt to a master, and also of a name lookup. */
    private static final int PATIENCE_MILLIS = 3000;

    /** The most bytes that wait in one direction of a connection. */
    private static final int BUFFER_BYTES = 8 * 1024;

    /** TCP's keep-alive: behind the gateway, neither side notices by itself that the other side's machine is gone. */
    private static final Map<ChannelOption<Integer>, Integer> KEEP_ALIVE = Map.of(
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), 60,
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), 15,
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), 4);

    private final NioEventLoopGroup thread = new NioEventLoopGroup(1, WorkerGateway::thread);
    private final BackgroundNames names = new BackgroundNames(PATIENCE_MILLIS);
    private final int most;
    private final Attachments attachments;
    private final Channel server;
    private final HostPort address;

    /**
     * Binds the address, and forwards nothing yet.
     *
     * @param own the master of this gateway's agent, preferred when all else is equal
     * @param listen port 0 takes a free port, see {@link #address}
     * @param most connections at the same time; further ones are closed
     * @param nanoTime the monotonic clock
     * @throws IllegalStateException the address cannot be bound; the message names it and what to do
     */
    public WorkerGateway(String own, HostPort listen, int most, LongSupplier nanoTime, Metrics metrics) {
        this.most = most;
        PooledByteBufAllocator buffers = smallBuffers();
        this.attachments = new Attachments(most, new Destinations(own, nanoTime), outward(buffers), metrics);
        this.server = bind(listen, inward(buffers));
        this.address = new HostPort(listen.host(), ((InetSocketAddress) server.localAddress()).getPort());
    }

    private static Thread thread(Runnable work) {
        Thread thread = new FastThreadLocalThread(work, "quorate-gateway");
        thread.setDaemon(true);
        return thread;
    }

    /** One arena that grows by 256 KiB; netty's defaults begin with 4 MiB for each processor. */
    private static PooledByteBufAllocator smallBuffers() {
        return new PooledByteBufAllocator(true, 0, 1, 8192, 5, 0, 0, false);
    }

    private Bootstrap outward(PooledByteBufAllocator buffers) {
        Bootstrap bootstrap = new Bootstrap()
                .group(thread)
                .channel(NioSocketChannel.class)
                .resolver(names)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, PATIENCE_MILLIS)
                .option(ChannelOption.ALLOCATOR, buffers)
                .option(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(BUFFER_BYTES))
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new Nothing());
        KEEP_ALIVE.forEach(bootstrap::option);
        return bootstrap;
    }

    private ServerBootstrap inward(PooledByteBufAllocator buffers) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(thread)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOCATOR, buffers)
                .childOption(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(BUFFER_BYTES))
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel worker) {
                        worker.eventLoop().execute(() -> attachments.accept(worker));
                    }
                });
        KEEP_ALIVE.forEach(bootstrap::childOption);
        return bootstrap;
    }

    private Channel bind(HostPort listen, ServerBootstrap bootstrap) {
        try {
            ChannelFuture bound = bootstrap.bind(InetAddress.getByName(listen.host()), listen.port());
            if (bound.awaitUninterruptibly().isSuccess()) {
                return bound.channel();
            }
            throw refused(listen, bound.cause());
        } catch (UnknownHostException e) {
            throw refused(listen, e);
        }
    }

    private IllegalStateException refused(HostPort listen, Throwable why) {
        shutDown();
        String sentence = why instanceof BindException
                ? " is taken or not an address of this machine: choose another port"
                : " cannot be bound: " + why.getMessage();
        return new IllegalStateException("gateway.listen: " + listen + sentence, why);
    }

    /** Begins to forward workers. */
    public void start() {
        server.config().setAutoRead(true);
        LOG.info("forwards workers that connect to {}", address);
    }

    /** Returns the address that was bound. */
    public HostPort address() {
        return address;
    }

    /**
     * Sets the masters to which workers may be forwarded. Connections to any other master are closed at once. A master
     * that drains keeps its connections, but gets no new ones.
     */
    public void follow(List<Destination> destinations) {
        List<Destination> now = List.copyOf(destinations);
        if (!thread.isShuttingDown()) {
            thread.execute(() -> attachments.follow(now));
        }
    }

    /** Returns the gateway's address and its present connections. */
    public AgentSnapshot.Gateway snapshot() {
        return new AgentSnapshot.Gateway(address, attachments.count(), most, attachments.byMaster());
    }

    /** Closes every connection and returns when that is done; closing twice, or before start, is fine. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
        if (!thread.isShuttingDown()) {
            thread.submit(attachments::close).awaitUninterruptibly();
        }
        shutDown();
    }

    private void shutDown() {
        thread.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
        names.close();
    }

    /** A handler that does nothing: the handlers of a connection are added when it is established. */
    private static final class Nothing extends ChannelHandlerAdapter {
        @Override
        public boolean isSharable() {
            return true;
        }
    }
}
