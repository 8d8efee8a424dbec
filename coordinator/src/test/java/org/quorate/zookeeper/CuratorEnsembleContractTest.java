package org.quorate.zookeeper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.quorate.master.Ensemble;
import org.quorate.testing.EnsembleContract;
import org.quorate.testing.ZooKeeperFixture;

class CuratorEnsembleContractTest extends EnsembleContract {
    private static ZooKeeperFixture zooKeeper;

    private final String cluster = zooKeeper.cluster();

    @BeforeAll
    static void start() {
        zooKeeper = ZooKeeperFixture.start();
    }

    @AfterAll
    static void stop() {
        zooKeeper.close();
    }

    @Override
    protected Ensemble connect() {
        return zooKeeper.connect(cluster);
    }

    @Override
    protected void expire(Ensemble ensemble, String master) {
        zooKeeper.expire(cluster, master);
    }
}
