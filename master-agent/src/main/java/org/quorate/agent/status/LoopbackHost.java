package org.quorate.agent.status;

import java.util.regex.Pattern;

/**
 * Recognises a request for this machine by its Host header. A page in a browser can make a foreign name resolve to
 * 127.0.0.1 (DNS rebinding) and could then read what is served on loopback; but its requests carry the foreign name.
 */
final class LoopbackHost {
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\])(:[0-9]{1,5})?", Pattern.CASE_INSENSITIVE);

    private LoopbackHost() {}

    static boolean isNamedBy(String hostHeader) {
        return LOOPBACK.matcher(hostHeader.strip()).matches();
    }
}
