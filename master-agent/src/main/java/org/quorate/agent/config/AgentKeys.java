package org.quorate.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.quorate.config.HostPort;
import org.quorate.config.Key;
import org.quorate.config.Keys;
import org.quorate.config.Secret;

/** The keys of the agent's file, and the rules between them. {@code CONFIGURATION.md} is generated from them. */
final class AgentKeys {

    static final Key<String> CLUSTER = Key.scalar("cluster", "text", Addresses::cluster)
            .describedAs("the cluster's name: masters with the same name here form one cluster; "
                    + "also the name of its directory in ZooKeeper")
            .danger("two clusters with the same name in one ensemble: the agents of the second stay unregistered, "
                    + "since the clusters' UUIDs differ");

    static final Key<String> MASTER = Key.text("master")
            .describedAs("Buildbot's `masters.name`, fixed here, so that a container's random host name "
                    + "does not create a new master")
            .danger("a new name is a new master: the claims of the old one are released only when it is failed over");

    static final Key<String> HOST = Key.text("host")
            .optional()
            .describedAs("name or address by which the worker gateways of other machines reach this buildmaster; "
                    + "the machine's own host name when left out");

    static final Key<Path> STATE_DIRECTORY = Key.path("state_directory")
            .describedAs(
                    "directory for the epoch to resume, completions that wait for the database, the buildmaster's pid"
                            + " file and the link's socket; one per agent")
            .danger("if it is lost, the next start begins a new epoch, and running builds are repeated");

    static final Key<String> CONNECT = Key.scalar("zookeeper.connect", "host:port, …", Addresses::ensemble)
            .describedAs("the ensemble's servers, separated by commas, with an optional `/chroot` at the end")
            .danger("with one server only, its loss freezes ownership");

    static final Key<Duration> SESSION_TIMEOUT = Key.duration("zookeeper.session_timeout", "1s", "60s")
            .otherwise("6s")
            .describedAs("the session timeout T that the agent asks for, from which all other times derive; "
                    + "the ensemble may grant another value; "
                    + "while both stores are unreachable, builds go on for two thirds of it")
            .danger("below 6s a long pause of the machine or of ZooKeeper's disk fences a healthy master; "
                    + "higher makes each failover slower");

    static final Key<String> URL = Key.scalar("database.url", "JDBC URL", Addresses::jdbc)
            .describedAs("Buildbot's database, `jdbc:postgresql://host/name`; never with a password in it")
            .danger("a connection pooler must be in session mode; the agent refuses any other");

    static final Key<String> USER =
            Key.text("database.user").otherwise("quorate").describedAs("the database role of the agent");

    static final Key<Secret> PASSWORD = Key.secretFile("database.password_file")
            .optional()
            .describedAs("a file that contains only the password, mode 0640 or less; without it, no password is sent")
            .danger("a file that others can read is rejected");

    static final Key<Integer> POOL_SIZE = Key.integer("database.pool_size", 2, 50, "connections")
            .otherwise("3")
            .describedAs("connections kept open, besides the one that listens for notifications")
            .danger("more connections do not claim faster, and PostgreSQL allows only a limited number");

    static final Key<Duration> STATEMENT_TIMEOUT = Key.duration("database.statement_timeout", "100ms", "60s")
            .otherwise("4s")
            .describedAs("how long a statement may run before PostgreSQL ends it")
            .danger("must be below T and below `socket_timeout`");

    static final Key<Duration> SOCKET_TIMEOUT = Key.duration("database.socket_timeout", "1s", "60s")
            .otherwise("5s")
            .describedAs("how long a connection may be silent before the agent closes it; whole seconds")
            .danger("must be below T, or a dead network outlasts the agent's trust");

    static final Key<Duration> GRACE = Key.duration("timing.grace", "500ms", "60s")
            .otherwise("1s")
            .describedAs("how long a master must be seen absent before it is fenced")
            .danger("short: a master that only replaces its session counts as dead");

    static final Key<Duration> KILL_TIME = Key.duration("timing.kill_time", "500ms", "60s")
            .otherwise("2s")
            .describedAs("how long a fenced agent may take to stop its builds")
            .danger("2/3 T + `kill_time` must not exceed T + `grace`, or a build could run twice at once");

    static final Key<Duration> POLL = Key.duration("timing.poll", "100ms", "5m")
            .otherwise("10s")
            .describedAs("how often to look for work if no notification arrives")
            .danger("short: load on an idle database; long: a lost notification delays work by this much");

    static final Key<Duration> OWNERSHIP_DELAY = Key.duration("ownership.delay", "0s", "60s")
            .otherwise("500ms")
            .describedAs(
                    "how long a master waits for the preferred master before it takes a scheduler without an owner")
            .danger("short: a scheduler gets an owner that is not the preferred one, and moves later");

    static final Key<Duration> SETTLE = Key.duration("ownership.settle", "0s", "10m")
            .otherwise("5s")
            .describedAs("how long the set of live masters must stay the same before schedulers are moved for balance")
            .danger("short: restarts move schedulers back and forth");

    static final Key<Integer> MOVES = Key.integer("ownership.moves_per_minute", 1, 10_000, "moves")
            .otherwise("60")
            .describedAs("how many schedulers this master gives away for balance in a minute")
            .danger("high: many new terms in the database at once");

    static final Key<Integer> CAPACITY = Key.integer("capacity", 1, 10_000, "")
            .optional()
            .describedAs(
                    "this master's weight in the preference for schedulers; the buildmaster's slots when left out");

    static final Key<List<String>> COMMAND = Key.textList("buildmaster.command")
            .otherwise("[]")
            .describedAs("program and arguments of the buildmaster that the agent starts and supervises; "
                    + "when left out, the agent waits for one that somebody else starts")
            .danger("without it the agent cannot kill a fenced buildmaster, "
                    + "which must stop by itself when its lease ends");

    static final Key<Boolean> PLUGIN = Key.flag("buildmaster.plugin")
            .otherwise("true")
            .describedAs("whether the buildmaster has Quorate's plugin, or speaks the link's protocol by itself; "
                    + "`false` for a Buildbot whose `master.cfg` cannot be changed")
            .danger("`false`: the buildmaster claims as stock Buildbot does, gets no events of other masters and keeps "
                    + "its schedulers until the epoch ends; `true` without the plugin: the agent kills it after"
                    + " `buildmaster.start_limit`, since it does not connect");

    static final Key<Duration> WAKE_INTERVAL = Key.duration("buildmaster.wake_interval", "0s", "1h")
            .otherwise("10s")
            .describedAs("for a stock buildmaster: the least time between two wake-ups while it leaves work waiting; "
                    + "`0s` for never")
            .danger("a wake-up is a SIGHUP, which reconfigures Buildbot: a changed `master.cfg` takes effect");

    /**
     * The largest value, plus two looks, ends before the housekeeper refreshes the heartbeat: {@code
     * masters/keep_fresh}.
     */
    static final Key<Duration> HEARTBEAT_LIMIT = Key.duration("buildmaster.heartbeat_limit", "5s", "6m")
            .otherwise("5m")
            .describedAs(
                    "for a stock buildmaster: how long its process may run without writing Buildbot's own heartbeat, "
                            + "which is due every 60 s, before it counts as dead")
            .danger("short: a buildmaster that is only busy loses its builds");

    static final Key<Path> DIRECTORY =
            Key.path("buildmaster.directory").otherwise(".").describedAs("the buildmaster's working directory");

    static final Key<Map<String, Secret>> ENVIRONMENT = Key.secretMap("buildmaster.environment")
            .otherwise("{}")
            .describedAs("environment variables for the buildmaster, added to those of the agent; "
                    + "their values are shown nowhere");

    static final Key<Duration> RESTART_DELAY = Key.duration("buildmaster.restart_delay", "100ms", "10m")
            .otherwise("1s")
            .describedAs(
                    "the least time from one start of the buildmaster to the next; after each start that fails, one"
                            + " after the other, the pause doubles, up to 5 minutes")
            .danger("short: a buildmaster that dies again and again keeps the machine busy");

    static final Key<Duration> START_LIMIT = Key.duration("buildmaster.start_limit", "5s", "24h")
            .otherwise("30m")
            .describedAs(
                    "how long a buildmaster with the plugin may take from its start until it connects, before it is"
                            + " stopped and started again; the agent logs each minute that it is still starting")
            .danger("short: a buildmaster whose configuration takes long to load never comes up");

    static final Key<Duration> STOP_DEADLINE = Key.duration("buildmaster.stop_deadline", "1s", "24h")
            .otherwise("30s")
            .describedAs("how long an orderly stop waits for running builds before it kills them")
            .danger("short: builds that were nearly finished are repeated on another master");

    static final Key<Duration> HANG_LIMIT = Key.duration("buildmaster.hang_limit", "5s", "24h")
            .otherwise("5m")
            .describedAs("how long the main loop of a buildmaster may stand still, although its process runs, before it"
                    + " counts as dead; only time counts in which it holds claims, owns a scheduler or was woken for"
                    + " new work")
            .danger("short: a buildmaster that is only busy loses its builds; long: one in an endless loop keeps its"
                    + " claims and schedulers for as long");

    static final Key<Integer> CANDIDATES_MAX = Key.integer("buildmaster.candidates_max", 1, 1000, "buildrequests")
            .otherwise("100")
            .describedAs(
                    "for a builder with a function of its own (`nextBuild`, `nextWorker`, `canStartBuild`), with locks,"
                            + " or under `prioritizeBuilders`: from how many buildrequests at the head of its queue the"
                            + " buildmaster chooses")
            .danger("low: what could start behind so many that cannot has to wait; high: `nextBuild` needs each of them"
                    + " read from the database");

    static final Key<Path> LOG = Key.path("buildmaster.log")
            .otherwise("buildmaster.log")
            .describedAs("the file to which the buildmaster's output is appended, relative to `state_directory`");

    static final Key<HostPort> LISTEN = Key.hostPort("http.listen")
            .optional()
            .describedAs("the address that serves health, metrics and status; port 0 is any free port; "
                    + "not served when left out")
            .danger("not a loopback address: everybody who reaches it can read it");

    static final Key<HostPort> GATEWAY_LISTEN = Key.hostPort("gateway.listen")
            .optional()
            .describedAs("the address to which workers connect; each is forwarded to a live master that has room; "
                    + "port 0 is any free port; no gateway when left out")
            .danger("whoever reaches it reaches the worker ports of all masters");

    static final Key<Integer> GATEWAY_CONNECTIONS_MAX = Key.integer("gateway.connections_max", 1, 4000, "connections")
            .otherwise("1000")
            .describedAs("workers connected at the same time; further connections are closed")
            .danger("each connection takes two open files of the process, and up to 16 KB of memory "
                    + "while one side reads slowly");

    static final Key<Integer> RETENTION = Key.integer("history.retention_days", 1, 3650, "days")
            .otherwise("90")
            .describedAs("how long the history is kept; the value of the housekeeper's agent counts")
            .danger("short: the history before an incident is gone; long: about 1 KB for each claim");

    static final Keys ALL = Keys.overridden(
                    "QUORATE_",
                    CLUSTER,
                    MASTER,
                    HOST,
                    STATE_DIRECTORY,
                    CONNECT,
                    SESSION_TIMEOUT,
                    URL,
                    USER,
                    PASSWORD,
                    POOL_SIZE,
                    STATEMENT_TIMEOUT,
                    SOCKET_TIMEOUT,
                    GRACE,
                    KILL_TIME,
                    POLL,
                    OWNERSHIP_DELAY,
                    SETTLE,
                    MOVES,
                    CAPACITY,
                    COMMAND,
                    PLUGIN,
                    WAKE_INTERVAL,
                    HEARTBEAT_LIMIT,
                    DIRECTORY,
                    ENVIRONMENT,
                    RESTART_DELAY,
                    START_LIMIT,
                    STOP_DEADLINE,
                    HANG_LIMIT,
                    CANDIDATES_MAX,
                    LOG,
                    LISTEN,
                    GATEWAY_LISTEN,
                    GATEWAY_CONNECTIONS_MAX,
                    RETENTION)
            .rule(AgentRules::timing, SESSION_TIMEOUT, STATEMENT_TIMEOUT, SOCKET_TIMEOUT, GRACE, KILL_TIME)
            .rule(AgentRules::socketTimeout, SOCKET_TIMEOUT, STATEMENT_TIMEOUT)
            .rule(AgentRules::stateDirectory, STATE_DIRECTORY)
            .rule(AgentRules::stockNeedsCommand, PLUGIN, COMMAND)
            .rule(AgentRules::ownName, MASTER, PLUGIN, DIRECTORY)
            .note(AgentRules::shortSession, SESSION_TIMEOUT)
            .note(
                    AgentRules::idleBuildmaster,
                    COMMAND,
                    PLUGIN,
                    WAKE_INTERVAL,
                    HEARTBEAT_LIMIT,
                    DIRECTORY,
                    ENVIRONMENT,
                    RESTART_DELAY,
                    STOP_DEADLINE,
                    LOG)
            .note(AgentRules::shortHeartbeat, HEARTBEAT_LIMIT)
            .note(AgentRules::openToOthers, LISTEN)
            .note(AgentRules::idleGateway, GATEWAY_LISTEN, GATEWAY_CONNECTIONS_MAX);

    private AgentKeys() {}
}
