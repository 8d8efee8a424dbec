package org.quorate.agent.config;

import java.util.regex.Pattern;
import org.quorate.config.HostPort;
import org.quorate.config.Unreadable;

/** Parsers for the values of the agent's file that have a special form. */
final class Addresses {
    private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern CHROOT = Pattern.compile("(/[A-Za-z0-9._-]+)+");
    private static final Pattern JDBC_PASSWORD =
            Pattern.compile("[?&]password=|//[^/?]*:[^/?]*@", Pattern.CASE_INSENSITIVE);

    private Addresses() {}

    static String cluster(String text) throws Unreadable {
        if (!CLUSTER.matcher(text).matches()) {
            throw new Unreadable("must be one word of at most 63 letters, digits, dots, dashes and underscores");
        }
        return text;
    }

    /**
     * Parses ZooKeeper's connect string. ZooKeeper's own client would reject a wrong one later, with a vaguer message.
     */
    static String ensemble(String text) throws Unreadable {
        int slash = text.indexOf('/');
        String servers = slash < 0 ? text : text.substring(0, slash);
        if (slash >= 0 && !CHROOT.matcher(text.substring(slash)).matches()) {
            throw new Unreadable("has a chroot that is not a path such as /ci");
        }
        for (String server : servers.split(",", -1)) {
            try {
                if (HostPort.parse(server.strip()).port() == 0) {
                    throw new Unreadable("has port 0");
                }
            } catch (Unreadable e) {
                throw new Unreadable("is not a list of servers: write zk1:2181,zk2:2181,zk3:2181");
            }
        }
        return text.replace(" ", "");
    }

    static String jdbc(String text) throws Unreadable {
        if (JDBC_PASSWORD.matcher(text).find()) {
            throw Unreadable.concealing(
                    "holds a password: put it into a file, and the path of that file into database.password_file");
        }
        if (!text.startsWith("jdbc:postgresql:") || text.chars().anyMatch(c -> c <= ' ')) {
            throw new Unreadable("is not a URL of PostgreSQL: write jdbc:postgresql://host:5432/name");
        }
        return text;
    }

    /** Decides from the text alone; it looks no name up. */
    static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.[0-9]{1,3}){3}");
    }
}
