package org.quorate.faults;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.quorate.testing.FaultProxy;

/**
 * Breaks connections: by proxies on the loopback interface, or, if the site has a {@link Network} of its own, by
 * packets that vanish. Thread-safe for faults of different targets.
 */
final class NetworkFaults {
    private final Cluster cluster;
    private final Optional<Network> network;

    NetworkFaults(Cluster cluster) {
        this.cluster = cluster;
        this.network = cluster.network();
    }

    void begin(Fault fault) {
        Machine machine = cluster.machine(fault.master());
        switch (fault.kind()) {
            case CUT_FROM_ZOOKEEPER -> cutFromZooKeeper(machine, fault);
            case CUT_FROM_POSTGRES -> cutFromPostgres(machine, fault);
            case CUT_FROM_BOTH -> {
                cutFromZooKeeper(machine, fault);
                cutFromPostgres(machine, fault);
            }
            case CUT_FROM_ONE_ZOOKEEPER ->
                own().cutBothWays(machine.address(), address(1 + fault.choice() % Ensemble.SERVERS));
            case CUT_ONE_WAY -> cutOneWay(machine, fault.choice() % 2 == 0);
            case CUT_BEFORE_COMMIT -> severalTimes(machine, fault, FaultProxy::cutBeforeNextCommit);
            case CUT_AFTER_COMMIT -> severalTimes(machine, fault, FaultProxy::cutAfterNextCommit);
            case DELAY -> {
                if (fault.choice() % 4 == 0) {
                    drip(machine, Duration.ofMillis(5 + fault.choice() % 20));
                } else {
                    delay(machine, Duration.ofMillis(20 + fault.choice() % 180));
                }
            }
            case ZOOKEEPER_PARTITION_LEADER -> {
                int leader = cluster.ensemble().leaderNow();
                servers().filter(server -> server != leader).forEach(server -> part(leader, server));
            }
            case ZOOKEEPER_PARTITION -> part(fault.victim(), 1 + fault.victim() % Ensemble.SERVERS);
            default -> throw new IllegalArgumentException(fault.kind() + " is not of the network");
        }
    }

    void end(Fault fault) {
        if (fault.kind().isOfZooKeeper()) {
            own().healAmong(servers().mapToObj(this::address).toList());
        } else {
            cluster.machine(fault.master()).healNetwork();
        }
    }

    private Network own() {
        return network.orElseThrow();
    }

    private static IntStream servers() {
        return IntStream.rangeClosed(1, Ensemble.SERVERS);
    }

    private String address(int server) {
        return cluster.ensemble().address(server);
    }

    private void part(int one, int other) {
        own().cutBothWays(address(one), address(other));
    }

    private void cutFromZooKeeper(Machine machine, Fault fault) {
        machine.zookeeper().forEach(proxy -> cut(proxy, fault));
        network.ifPresent(own -> servers().forEach(server -> own.cutBothWays(machine.address(), address(server))));
    }

    private void cutFromPostgres(Machine machine, Fault fault) {
        if (network.isPresent() && fault.isSilent()) {
            own().cutBothWays(machine.address(), own().host());
        } else {
            cut(machine.postgres(), fault);
        }
    }

    private void cutOneWay(Machine machine, boolean outwards) {
        Stream.concat(Stream.of(own().host()), servers().mapToObj(this::address))
                .forEach(
                        store -> own().cut(outwards ? machine.address() : store, outwards ? store : machine.address()));
    }

    private static void cut(FaultProxy proxy, Fault fault) {
        if (fault.isSilent()) {
            proxy.standStill(true);
        } else {
            proxy.refuse(true);
            proxy.cut();
        }
    }

    /** Repeats this now and then as long as the fault lasts. */
    private static void severalTimes(Machine machine, Fault fault, Consumer<FaultProxy> arm) {
        for (long left = fault.lastsMillis(); left > 0; left -= 400) {
            arm.accept(machine.postgres());
            Pause.millis(400);
        }
    }

    private static void delay(Machine machine, Duration longer) {
        machine.postgres().delay(longer);
        machine.zookeeper().forEach(proxy -> proxy.delay(longer.multipliedBy(3)));
    }

    private static void drip(Machine machine, Duration each) {
        machine.postgres().drip(each);
        machine.zookeeper().forEach(proxy -> proxy.drip(each));
    }
}
