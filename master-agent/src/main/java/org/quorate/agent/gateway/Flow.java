package org.quorate.agent.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * One direction of a connection: it writes the bytes of one side to the other. It reads again only when the bytes
 * before are written. So a slow reader slows the sender, at most one buffer waits, and none waits when the end of this
 * side is read.
 */
final class Flow extends ChannelInboundHandlerAdapter {
    private final Channel to;

    Flow(Channel to) {
        this.to = to;
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object bytes) {
        to.writeAndFlush(bytes).addListener(written -> {
            if (written.isSuccess()) {
                from.read();
            } else {
                Closing.now(from.channel());
            }
        });
    }

    /** Closes this side, after a connection reset for example; the end of this side also ends the other. */
    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        Closing.now(from.channel());
    }
}
