package org.quorate.agent.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * One direction: what this side says goes to the other. It reads again only when what it read before is written, so that a
 * slow reader slows the sender, never more than one buffer waits, and none when the end of this side is read.
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

    /** A reset, for example. The end of this side ends the other, too. */
    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        Closing.now(from.channel());
    }
}
