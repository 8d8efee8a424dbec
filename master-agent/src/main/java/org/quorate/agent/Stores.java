package org.quorate.agent;

import java.time.Duration;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.identity.FollowedDatabase;
import org.quorate.agent.identity.StorePairing;
import org.quorate.agent.loop.Lifecycle;
import org.quorate.agent.membership.SharedMembers;
import org.quorate.config.Secret;
import org.quorate.master.Ensemble;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.Notifications;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresCluster;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresEvents;
import org.quorate.postgres.PostgresMasters;
import org.quorate.postgres.PostgresSchedulers;
import org.quorate.postgres.SessionCheck;
import org.quorate.zookeeper.CuratorEnsemble;

/**
 * The two stores of one agent, and the ports to them.
 *
 * @param guardian a separate session for the statements that renew the trust, so that a busy pool cannot fence the
 *     master
 * @param scout opens a session on demand, which may see a database before the cluster follows it
 * @param followed decides about the sessions of the others
 */
record Stores(
        PostgresDatabase database,
        PostgresDatabase guardian,
        PostgresDatabase scout,
        Notifications notifications,
        Ensemble ensemble,
        SharedMembers members,
        FollowedDatabase followed,
        StorePairing pairing) {
    /** Opens the stores. It does not wait for any connection. */
    static Stores open(AgentConfiguration configuration, LongSupplier nanoTime, Lifecycle lifecycle) {
        String applicationName = PostgresMasters.applicationName(configuration.master());
        AgentConfiguration.Database database = configuration.database();
        FollowedDatabase followed = new FollowedDatabase(configuration.stateDirectory());
        SessionCheck work = SessionCheck.of(followed::objectionToWork);
        DatabaseSettings settings = settings(database, database.poolSize(), work);
        AgentConfiguration.Zookeeper zooKeeper = configuration.zookeeper();
        PostgresDatabase guardian = lifecycle.add(PostgresDatabase.open(settings(database, 1, work), applicationName));
        SessionCheck look = SessionCheck.of(followed::objection);
        PostgresDatabase scout = lifecycle.add(PostgresDatabase.onDemand(settings(database, 1, look), applicationName));
        PostgresDatabase pool = lifecycle.add(PostgresDatabase.open(settings, applicationName));
        Notifications notifications = lifecycle.add(new Notifications(settings, applicationName, nanoTime));
        Ensemble ensemble = lifecycle.add(
                CuratorEnsemble.connect(zooKeeper.connect(), configuration.cluster(), zooKeeper.sessionTimeout()));
        StorePairing pairing = new StorePairing(
                "master:" + configuration.master(), new PostgresCluster(scout), ensemble, followed, UUID::randomUUID);
        return new Stores(
                pool,
                guardian,
                scout,
                notifications,
                ensemble,
                new SharedMembers(ensemble, nanoTime),
                followed,
                pairing);
    }

    private static DatabaseSettings settings(AgentConfiguration.Database database, int sessions, SessionCheck check) {
        Duration statementTimeout = database.statementTimeout();
        return new DatabaseSettings(
                database.url(),
                database.user(),
                () -> database.password()
                        .map(Secret::current)
                        .map(Secret::reveal)
                        .orElse(""),
                sessions,
                statementTimeout,
                database.socketTimeout(),
                check);
    }

    PostgresMasters masters() {
        return new PostgresMasters(database);
    }

    PostgresClaims claims() {
        return new PostgresClaims(database);
    }

    PostgresSchedulers schedulers() {
        return new PostgresSchedulers(database);
    }

    PostgresEvents events() {
        return new PostgresEvents(database);
    }

    PostgresCluster cluster() {
        return new PostgresCluster(scout);
    }

    /** Ends all sessions to the database; new ones are checked again. */
    void renewSessions() {
        database.renewSessions();
        guardian.renewSessions();
        scout.renewSessions();
        notifications.renewSession();
    }
}
