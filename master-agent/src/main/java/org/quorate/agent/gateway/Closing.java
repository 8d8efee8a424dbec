package org.quorate.agent.gateway;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;

/** The ways to close a channel. That it is closed is told by its own {@code closeFuture}; closing twice is fine. */
@SuppressWarnings("FutureReturnValueIgnored") // for that reason
final class Closing {
    private Closing() {}

    static void now(Channel channel) {
        channel.close();
    }

    static void after(int seconds, Channel channel) {
        channel.eventLoop().schedule(() -> channel.close(), seconds, TimeUnit.SECONDS);
    }
}
