package org.quorate.agent.gateway;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks names up on its own threads. The JDK's lookup blocks, so on the gateway's thread one dead name server would
 * stop the bytes of every worker.
 */
final class BackgroundNames extends AddressResolverGroup<InetSocketAddress> {
    private static final int THREADS = 2;

    private final ThreadPoolExecutor threads;
    private final int withinMillis;

    BackgroundNames(int withinMillis) {
        this.withinMillis = withinMillis;
        this.threads =
                new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "quorate-gateway-names");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new Lookup(executor, threads, withinMillis).asAddressResolver();
    }

    @Override
    public void close() {
        super.close();
        threads.shutdownNow();
    }

    /** Each thread does one lookup at a time; a late answer counts as none. */
    private static final class Lookup extends InetNameResolver {
        private final Executor threads;
        private final int withinMillis;

        Lookup(EventExecutor executor, Executor threads, int withinMillis) {
            super(executor);
            this.threads = threads;
            this.withinMillis = withinMillis;
        }

        @Override
        protected void doResolve(String host, Promise<InetAddress> answer) {
            threads.execute(() -> {
                try {
                    answer.trySuccess(InetAddress.getByName(host));
                } catch (UnknownHostException e) {
                    answer.tryFailure(e);
                }
            });
            giveUpInTime(host, answer);
        }

        @Override
        protected void doResolveAll(String host, Promise<List<InetAddress>> answer) {
            threads.execute(() -> {
                try {
                    answer.trySuccess(List.of(InetAddress.getAllByName(host)));
                } catch (UnknownHostException e) {
                    answer.tryFailure(e);
                }
            });
            giveUpInTime(host, answer);
        }

        @SuppressWarnings("FutureReturnValueIgnored") // the promise itself carries the outcome
        private void giveUpInTime(String host, Promise<?> answer) {
            executor()
                    .schedule(
                            () -> answer.tryFailure(new UnknownHostException(
                                    "no name server answered for " + host + " within " + withinMillis + " ms")),
                            withinMillis,
                            TimeUnit.MILLISECONDS);
        }
    }
}
