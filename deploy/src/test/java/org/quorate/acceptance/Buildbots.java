package org.quorate.acceptance;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The real Buildbot masters of one site. One thread. */
final class Buildbots {
    private final Site site;
    private final Map<String, Buildbot> all = new HashMap<>();

    Buildbots(Site site) {
        this.site = site;
    }

    /** Starts masters of these names, each with this number of local workers, and waits until all of them build. */
    void start(int workers, String... names) {
        for (String name : names) {
            add(workers, name).start();
        }
        await(names);
    }

    /** Does the same as {@link #start}, each master with this Python at the end of its configuration. */
    void startWith(String python, int workers, String... names) {
        for (String name : names) {
            all.put(name, new Buildbot(site, name, workers).with(python));
            site.master(name, all.get(name)).start();
        }
        await(names);
    }

    /** Does the same as {@link #start}, each master with a worker gateway. Returns the ports of the gateways. */
    Map<String, Integer> withGateways(int workers, String... names) {
        Map<String, Integer> ports = new HashMap<>();
        for (String name : names) {
            int port = Buildbot.freePorts();
            ports.put(name, port);
            Master master = add(workers, name);
            master.rewrite(text -> text + "host: 127.0.0.1\ngateway: {listen: \"127.0.0.1:" + port + "\"}\n");
            master.start();
        }
        await(names);
        return ports;
    }

    /**
     * Prepares masters of these names with changed configurations of their agents; {@link #startPrepared} starts them.
     */
    void prepareRewritten(int workers, UnaryOperator<String> change, String... names) {
        for (String name : names) {
            add(workers, name).rewrite(change);
        }
    }

    void startPrepared() {
        names().forEach(name -> site.of(name).start());
        await(names().toArray(String[]::new));
    }

    private Master add(int workers, String name) {
        all.put(name, new Buildbot(site, name, workers));
        return site.master(name, all.get(name));
    }

    private void await(String... names) {
        for (String name : names) {
            site.awaitAttached(name);
            site.awaitTrue("select active = 1 from masters where name = '" + name + "'");
            // Buildbot logs this line when all of its services run
            Patience.until(() -> all.get(name).log().contains("BuildMaster is running"));
        }
    }

    Buildbot of(String name) {
        return all.get(name);
    }

    List<String> names() {
        return all.keySet().stream().sorted().toList();
    }

    /** Returns a master that is none of these. */
    String other(String... notThese) {
        return all.keySet().stream()
                .filter(name -> !List.of(notThese).contains(name))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the lines of the reporters of all masters, one master after the other. */
    List<String> reported() {
        return all.values().stream().flatMap(Buildbot::reported).toList();
    }

    /** Returns the master that holds the claim of this buildrequest. */
    String holderOf(int brid) {
        return site.query(
                "select m.name from quorate.claim c join quorate.master m using (masterid) where c.brid = " + brid);
    }

    void awaitBuilding(int brid) {
        site.awaitTrue(
                "select exists (select 1 from builds where buildrequestid = " + brid + " and complete_at is null)");
    }
}
