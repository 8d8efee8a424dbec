package org.quorate.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The prefix of the commands {@code postgres} and {@code initdb}. It runs them as another user than root, which they
 * require, and lets the server die with its parent.
 *
 * @param prefix the words before the command; may be empty
 * @param account the other account that runs the command, if the prefix changes the account
 */
record Privilege(List<String> prefix, Optional<Account> account) {
    private static final List<String> DIE_WITH_PARENT = List.of("setpriv", "--pdeathsig", "INT");

    Privilege {
        prefix = List.copyOf(prefix);
    }

    /** A user of this machine, from a line of {@code /etc/passwd}. */
    record Account(String name, int uid, int gid) {}

    /** Returns the first prefix that works here. Throws {@link PostgresUnavailable} if none does. */
    static Privilege find() {
        if (!isRoot()) {
            return ownAccount();
        }
        return ownNamespace()
                .or(Privilege::otherAccount)
                .orElseThrow(() -> new PostgresUnavailable("PostgreSQL refuses to run as root, and neither a user"
                        + " namespace (unshare -U) nor a change of user (setpriv) is "
                        + "allowed here: run as an ordinary user"));
    }

    /** Returns the prefix for an ordinary user. If setpriv is missing, only the shutdown hook stops the server. */
    static Privilege ownAccount() {
        return new Privilege(works(DIE_WITH_PARENT) ? DIE_WITH_PARENT : List.of(), Optional.empty());
    }

    /** Returns the prefix for root in a user namespace: files stay root's, so folders for root alone work too. */
    static Optional<Privilege> ownNamespace() {
        List<String> prefix = new ArrayList<>(List.of("unshare", "-U"));
        prefix.addAll(DIE_WITH_PARENT);
        return works(prefix) ? Optional.of(new Privilege(prefix, Optional.empty())) : Optional.empty();
    }

    /** Returns the prefix for root that becomes another user; containers without user namespaces allow this. */
    static Optional<Privilege> otherAccount() {
        for (String name : List.of("postgres", "nobody")) {
            Optional<Privilege> found = account(name)
                    .map(account -> new Privilege(
                            List.of(
                                    "setpriv",
                                    "--reuid=" + account.uid(),
                                    "--regid=" + account.gid(),
                                    "--clear-groups",
                                    "--no-new-privs",
                                    "--pdeathsig",
                                    "INT"),
                            Optional.of(account)))
                    .filter(privilege -> works(privilege.prefix()));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    List<String> command(List<String> words) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(words);
        return command;
    }

    static boolean isRoot() {
        return uid().equals("0");
    }

    /** Returns this process's user id as text, or the user's name if there is no {@code /proc}. */
    static String uid() {
        try {
            return String.valueOf(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException e) {
            String name = System.getProperty("user.name", "unknown");
            return name.toLowerCase(Locale.ROOT).equals("root") ? "0" : name;
        }
    }

    private static Optional<Account> account(String name) {
        try {
            return Files.readAllLines(Path.of("/etc/passwd")).stream()
                    .map(line -> line.split(":", -1))
                    .filter(fields -> fields.length > 3 && fields[0].equals(name))
                    .map(fields -> new Account(name, Integer.parseInt(fields[2]), Integer.parseInt(fields[3])))
                    .findFirst();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static boolean works(List<String> prefix) {
        List<String> probe = new ArrayList<>(prefix);
        probe.add("true");
        try {
            Process process = new ProcessBuilder(probe)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
