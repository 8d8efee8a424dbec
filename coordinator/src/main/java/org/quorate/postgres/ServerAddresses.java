package org.quorate.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hosts of a JDBC URL, each with a URL of its own. The driver would share one connect timeout among all hosts, so
 * that it never reaches the second host when the first does not answer.
 *
 * @param wants the kinds of servers to be accepted, in order of preference; all hosts are tried for each kind
 */
record ServerAddresses(List<Address> hosts, List<Kind> wants) {
    private static final Pattern URL = Pattern.compile("(jdbc:postgresql://)([^/?]+)([^?]*)(?:\\?(.*))?");
    private static final String TARGET = "targetservertype=";

    /** One host, and the URL that names this host only. */
    record Address(String host, String url) {}

    /** The servers that are accepted. */
    enum Kind {
        ANY("a server"),
        PRIMARY("a primary"),
        STANDBY("a standby");

        final String words;

        Kind(String words) {
            this.words = words;
        }

        boolean accepts(boolean standby) {
            return this == ANY || standby == (this == STANDBY);
        }
    }

    static ServerAddresses of(String url) {
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) {
            return new ServerAddresses(List.of(new Address(url, url)), List.of(Kind.ANY));
        }
        List<String> parameters = new ArrayList<>();
        String target = "any";
        for (String parameter :
                parts.group(4) == null ? new String[0] : parts.group(4).split("&", -1)) {
            if (parameter.toLowerCase(Locale.ROOT).startsWith(TARGET)) {
                target = parameter.substring(TARGET.length()).toLowerCase(Locale.ROOT);
            } else {
                parameters.add(parameter);
            }
        }
        String query = parameters.isEmpty() ? "" : "?" + String.join("&", parameters);
        List<Address> hosts = new ArrayList<>();
        for (String host : parts.group(2).split(",", -1)) {
            hosts.add(new Address(host, parts.group(1) + host + parts.group(3) + query));
        }
        return new ServerAddresses(List.copyOf(hosts), wants(target));
    }

    /** Returns what the driver's {@code targetServerType} means. */
    private static List<Kind> wants(String target) {
        return switch (target) {
            case "primary", "master" -> List.of(Kind.PRIMARY);
            case "secondary", "slave" -> List.of(Kind.STANDBY);
            case "preferprimary" -> List.of(Kind.PRIMARY, Kind.ANY);
            case "prefersecondary", "preferslave" -> List.of(Kind.STANDBY, Kind.ANY);
            default -> List.of(Kind.ANY);
        };
    }
}
