package org.quorate.agent.gateway;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;

/** The ways to close a channel. Closing twice is fine. */
@SuppressWarnings("FutureReturnValueIgnored") // the channel's own closeFuture reports the end
final class Closing {
    private Closing() {}

    static void now(Channel channel) {
        channel.close();
    }

    static void after(int seconds, Channel channel) {
        channel.eventLoop().schedule(() -> channel.close(), seconds, TimeUnit.SECONDS);
    }
}
