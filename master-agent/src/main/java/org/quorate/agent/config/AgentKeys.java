package org.quorate.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.quorate.config.HostPort;
import org.quorate.config.Key;
import org.quorate.config.Keys;
import org.quorate.config.Secret;

/** The keys of the agent's file, and what must hold between them. {@code CONFIGURATION.md} is made from this. */
final class AgentKeys {

    static final Key<String> CLUSTER = Key.scalar("cluster", "text", Addresses::cluster)
            .says("the masters with the same word here work as one; a directory in ZooKeeper")
            .danger("two clusters with one name and one ensemble are refused by their identity");

    static final Key<String> MASTER = Key.text("master")
            .says("Buildbot's `masters.name`, pinned, so that a container's random host name makes no new master")
            .danger("a new name is a new master: what the old one holds is released only when it is failed over");

    static final Key<String> HOST = Key.text("host")
            .optional()
            .says(
                    "name or address by which the other machines reach this one's buildmaster, for their worker gateways; "
                            + "the machine's own host name when left out");

    static final Key<Path> STATE_DIRECTORY = Key.path("state_directory")
            .says(
                    "the epoch to resume, completions that wait for the database, the buildmaster's pid file and the link's socket; "
                            + "one per agent")
            .danger("lost: the next start begins a new epoch, and running builds are done again");

    static final Key<String> CONNECT = Key.scalar("zookeeper.connect", "host:port, …", Addresses::ensemble)
            .says("the ensemble's servers, separated by commas, with an optional `/chroot` at the end")
            .danger("one server only: its loss freezes ownership");

    static final Key<Duration> SESSION_TIMEOUT = Key.duration("zookeeper.session_timeout", "1s", "60s")
            .otherwise("6s")
            .says("T, from which every timer derives; the ensemble may grant another; "
                    + "when both stores are away builds go on for two thirds of it")
            .danger("below 6s a long pause of the machine or of ZooKeeper's disk fences a healthy master; "
                    + "higher makes each failover slower");

    static final Key<String> URL = Key.scalar("database.url", "JDBC URL", Addresses::jdbc)
            .says("Buildbot's database, `jdbc:postgresql://host/name`; never with a password in it")
            .danger("a pooler in transaction mode loses the session's epoch and its notifications");

    static final Key<String> USER =
            Key.text("database.user").otherwise("quorate").says("the role that the agent works as");

    static final Key<Secret> PASSWORD = Key.secretFile("database.password_file")
            .optional()
            .says("a file with the password and nothing else, mode 0640 or less; without it, none is sent")
            .danger("readable by others: refused");

    static final Key<Integer> POOL_SIZE = Key.integer("database.pool_size", 2, 50, "connections")
            .otherwise("3")
            .says("connections kept open, besides the one that listens")
            .danger("more do not claim faster, and PostgreSQL has few");

    static final Key<Duration> STATEMENT_TIMEOUT = Key.duration("database.statement_timeout", "100ms", "60s")
            .otherwise("4s")
            .says("after it PostgreSQL ends a statement")
            .danger("must be below T and below `socket_timeout`");

    static final Key<Duration> SOCKET_TIMEOUT = Key.duration("database.socket_timeout", "1s", "60s")
            .otherwise("5s")
            .says("after it a silent connection is given up; whole seconds")
            .danger("must be below T, or a dead network outlasts the agent's trust");

    static final Key<Duration> GRACE = Key.duration("timing.grace", "500ms", "60s")
            .otherwise("1s")
            .says("how long a master must stay absent after it was first seen so, before it is fenced")
            .danger("short: a session that is just being re-made counts as a death");

    static final Key<Duration> KILL_TIME = Key.duration("timing.kill_time", "500ms", "60s")
            .otherwise("2s")
            .says("how long a fenced agent may take to stop its builds")
            .danger("2/3 T + `kill_time` must not exceed T + `grace`, or a build could run twice at once");

    static final Key<Duration> POLL = Key.duration("timing.poll", "100ms", "5m")
            .otherwise("10s")
            .says("how often to look for work when no notification came")
            .danger("short: load on the database at rest; long: a lost notification costs this much");

    static final Key<Duration> OWNERSHIP_DELAY = Key.duration("ownership.delay", "0s", "60s")
            .otherwise("500ms")
            .says("how long a master lets the preferred one go first for a scheduler without owner")
            .danger("short: schedulers end up where they are not preferred, and move later");

    static final Key<Duration> SETTLE = Key.duration("ownership.settle", "0s", "10m")
            .otherwise("5s")
            .says("how long the living masters must stay the same before schedulers are moved for balance")
            .danger("short: restarts move schedulers to and fro");

    static final Key<Integer> MOVES = Key.integer("ownership.moves_per_minute", 1, 10_000, "moves")
            .otherwise("60")
            .says("how many schedulers this master gives away for balance in a minute")
            .danger("high: a burst of new terms in the database");

    static final Key<Integer> CAPACITY = Key.integer("capacity", 1, 10_000, "")
            .optional()
            .says("this master's weight in the preference for schedulers; the buildmaster's slots when left out");

    static final Key<List<String>> COMMAND = Key.textList("buildmaster.command")
            .otherwise("[]")
            .says("program and arguments of the buildmaster that the agent starts and supervises; "
                    + "when left out, the agent waits for one that somebody else starts")
            .danger("without it a fenced buildmaster is not killed by its agent, and must stop by its lease");

    static final Key<Boolean> PLUGIN = Key.flag("buildmaster.plugin")
            .otherwise("true")
            .says("whether the buildmaster has Quorate's plugin, or speaks the link otherwise; "
                    + "`false` for a Buildbot whose `master.cfg` cannot be changed")
            .danger("`false`: claims as stock, no word from other masters, schedulers stay until the epoch ends; "
                    + "`true` without the plugin: it is killed after a minute, since it does not connect");

    static final Key<Duration> WAKE_INTERVAL = Key.duration("buildmaster.wake_interval", "0s", "1h")
            .otherwise("10s")
            .says("without the plugin: the least time between two wake-ups of a buildmaster that overlooks work; "
                    + "`0s` for never")
            .danger("a wake-up is SIGHUP, a reconfiguration: what `master.cfg` then says takes effect");

    /** The most, with two looks, is before the housekeeper vouches for it: {@code masters/keep_fresh}. */
    static final Key<Duration> HEARTBEAT_LIMIT = Key.duration("buildmaster.heartbeat_limit", "5s", "6m")
            .otherwise("5m")
            .says(
                    "without the plugin: after it a buildmaster that runs but has not written Buildbot's own heartbeat, which it "
                            + "does every 60 s, counts as dead")
            .danger("short: one that is only busy loses its builds");

    static final Key<Path> DIRECTORY =
            Key.path("buildmaster.directory").otherwise(".").says("where the buildmaster is started");

    static final Key<Map<String, Secret>> ENVIRONMENT = Key.secretMap("buildmaster.environment")
            .otherwise("{}")
            .says("variables added to the agent's own for the buildmaster; shown nowhere");

    static final Key<Duration> RESTART_DELAY = Key.duration("buildmaster.restart_delay", "100ms", "10m")
            .otherwise("1s")
            .says("how long to wait before a buildmaster that died is started again")
            .danger("short: one that dies at once keeps the machine busy");

    static final Key<Duration> STOP_DEADLINE = Key.duration("buildmaster.stop_deadline", "1s", "24h")
            .otherwise("30s")
            .says("how long an orderly stop waits for running builds before it kills them")
            .danger("short: builds that were nearly done are done again elsewhere");

    static final Key<Duration> HANG_LIMIT = Key.duration("buildmaster.hang_limit", "3s", "10m")
            .otherwise("15s")
            .says("after it a buildmaster that promised to say something and is silent counts as dead, though it runs; "
                    + "never less than five of its heartbeats")
            .danger("short: one that is only busy loses its builds");

    static final Key<Path> LOG = Key.path("buildmaster.log")
            .otherwise("buildmaster.log")
            .says("where its output is appended, relative to `state_directory`");

    static final Key<HostPort> LISTEN = Key.hostPort("http.listen")
            .optional()
            .says("where health, metrics and status are served; port 0 is any free one; not served when left out")
            .danger("beyond loopback everybody who reaches it can read it");

    static final Key<HostPort> GATEWAY_LISTEN = Key.hostPort("gateway.listen")
            .optional()
            .says("where workers connect, to be forwarded to a living master that has room; port 0 is any free one; "
                    + "no gateway when left out")
            .danger("whoever reaches it reaches the worker ports of all masters");

    static final Key<Integer> GATEWAY_CONNECTIONS_MAX = Key.integer("gateway.connections_max", 1, 4000, "connections")
            .otherwise("1000")
            .says("workers at the same time; more are closed")
            .danger(
                    "each takes two of the process's open files, and up to 16 KB of memory while somebody reads slowly");

    static final Key<Integer> RETENTION = Key.integer("history.retention_days", 1, 3650, "days")
            .otherwise("90")
            .says("how long the history is kept; the housekeeper's value counts")
            .danger("short: what happened before an incident is gone; long: about 1 KB for each claim");

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
                    STOP_DEADLINE,
                    HANG_LIMIT,
                    LOG,
                    LISTEN,
                    GATEWAY_LISTEN,
                    GATEWAY_CONNECTIONS_MAX,
                    RETENTION)
            .rule(AgentRules::timing, SESSION_TIMEOUT, STATEMENT_TIMEOUT, SOCKET_TIMEOUT, GRACE, KILL_TIME)
            .rule(AgentRules::socketTimeout, SOCKET_TIMEOUT, STATEMENT_TIMEOUT)
            .rule(AgentRules::stateDirectory, STATE_DIRECTORY)
            .rule(AgentRules::unplugged, PLUGIN, COMMAND)
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
