package org.quorate.config;

/**
 * The address on which something listens, or at which it is reached.
 *
 * @param host a name or an address; IPv6 without its brackets
 * @param port 0 (any free port) to 65535
 */
public record HostPort(String host, int port) {
    /** Parses {@code host:port} or {@code [v6]:port}. */
    public static HostPort parse(String text) throws Unreadable {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new Unreadable("has no port: write host:port, as 127.0.0.1:8090");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new Unreadable("is not host:port: write an IPv6 address in brackets, as [::1]:8090");
        }
        if (host.isBlank() || host.chars().anyMatch(c -> c <= ' ' || c == '/')) {
            throw new Unreadable("has no proper host: write host:port, as 127.0.0.1:8090");
        }
        String port = text.substring(colon + 1);
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw new Unreadable("has a port that is not a number from 0 to 65535");
        }
        return new HostPort(host, Integer.parseInt(port));
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
