package org.quorate.acceptance;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Follows {@code BUILDBOT.md}: runs each of its commands, with the roles that it creates, from the installation to the
 * way back.
 */
@Tag("buildbot")
class BuildbotGuideIT {
    private static final String GUIDE = "deploy/BUILDBOT.md";
    private static final String TABLES =
            "select string_agg(table_name || '.' || column_name, ' ' order by table_name, column_name)"
                    + " from information_schema.columns where table_schema = 'public'";

    /**
     * The commands that cannot be run here, with the reason. A new command of the guide fails the test until the test
     * runs it or it is listed here.
     */
    private static final Map<String, String> NOT_RUN = Map.ofEntries(
            entry("quorate demo --buildbot", "BuildbotDemoIT"),
            entry("apt-get install", "of the package that DocumentsIT looks into"),
            entry("apt-get purge", "wants root"),
            entry("sudo adduser alice quorate", "wants root"),
            entry("sudo install -o root -g quorate -m 0640 /dev/stdin /etc/quorate/password", "DocumentsIT"),
            entry("quorate rescue", "RescueTest"),
            entry("quorate schema leave", "the way back does it, with --yes"),
            entry("buildbot stop --clean /srv/buildbot/master", "what started the master before; here nothing did"),
            entry("sudo systemctl edit quorate-agent", "wants systemd"),
            entry("sudo systemctl disable --now buildbot@master", "the site's own unit"),
            entry("sudo systemctl enable --now buildbot@master", "the site's own unit"),
            entry("buildbot reconfig", "of Buildbot: BuildbotOperationsIT"),
            entry("buildbot start", "of Buildbot: BuildbotOperationsIT"),
            entry("buildbot stop", "of Buildbot: BuildbotOperationsIT"),
            entry("buildbot upgrade-master", "UpgradeMasterTest, before and after the adoption"));

    private final Map<String, ThrowingRunnable> otherwise = new LinkedHashMap<>();

    private interface ThrowingRunnable {
        void run() throws Exception;
    }

    private Site site;
    private Buildbots buildbots;

    @BeforeEach
    void open() {
        site = Site.withStockBuildbot();
        buildbots = new Buildbots(site);
        otherwise.put(
                "sudo apt-get install -y ./quorate_0.1.0_all.deb ./python3-buildbot-quorate_0.1.0_all.deb",
                () -> assertThat(List.of("quorate_0.1.0_all.deb", "python3-buildbot-quorate_0.1.0_all.deb"))
                        .allSatisfy(deb -> assertThat(Path.of("target", deb)).exists()));
        otherwise.put(
                "pip install /usr/share/quorate/share/buildbot-plugin",
                () -> assertThat(Path.of("buildbot-plugin/setup.py")).exists());
        otherwise.put("sudo -u buildbot -g quorate quorate config check /etc/quorate/agent.yaml", this::makeMasters);
        otherwise.put("sudo systemctl enable --now quorate-agent", this::startMasters);
        otherwise.put("sudo systemctl disable --now quorate-agent", () -> {
            for (String name : buildbots.names()) {
                assertThat(site.of(name).stop()).isZero();
            }
        });
        otherwise.put("buildbot checkconfig", () -> {
            Buildbot first = new Buildbot(site, "checked", 1);
            Path directory = site.directory().resolve("checked");
            first.prepare(directory);
            succeed(Command.runAt(
                    first.workingDirectory(directory), first.environment(), List.of("buildbot", "checkconfig")));
        });
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void the_guide_leads_stock_masters_to_a_cluster_and_back() throws Exception {
        String tables = site.query(TABLES);
        giveTablesToBuildbot();
        Arrays.stream(Documented.block(GUIDE, "create role quorate", "sql").split(";\n"))
                .map(statement -> statement.replace("database buildbot", "database postgres"))
                .forEach(site::execute);

        Set<String> met = new LinkedHashSet<>();
        for (String command : goingBackLast(Documented.commands(GUIDE))) {
            if (met.add(command) && !NOT_RUN.containsKey(command)) {
                run(command);
            }
        }

        assertThat(met)
                .as("each command that is listed here stands in the guide")
                .containsAll(NOT_RUN.keySet());
        assertThat(met).containsAll(otherwise.keySet());
        assertThat(site.query("select count(*) from pg_namespace where nspname like 'quorate%'"))
                .isEqualTo("0");
        assertThat(site.query("select count(*) from pg_trigger where not tgisinternal"))
                .isEqualTo("0");
        assertThat(site.query(TABLES)).isEqualTo(tables);
        assertThat(site.query("select count(*) > 0 and bool_and(complete = 1 and results = 0) from buildrequests r"
                        + " join builders b on b.id = r.builderid where b.name = 'quick'"))
                .as("what was built stays in Buildbot's tables")
                .isEqualTo("t");
    }

    /**
     * Puts the commands of the way back last: the section about trouble comes after them in the guide, and needs the
     * cluster.
     */
    private static List<String> goingBackLast(List<String> commands) {
        int begin = commands.indexOf("sudo systemctl disable --now quorate-agent");
        int end = commands.lastIndexOf("quorate schema leave --yes --why 'going back'") + 1;
        assertThat(begin).isBetween(1, end);
        return Stream.of(
                        commands.subList(0, begin),
                        commands.subList(end, commands.size()),
                        commands.subList(begin, end))
                .flatMap(List::stream)
                .toList();
    }

    private void run(String command) throws Exception {
        if (otherwise.containsKey(command)) {
            otherwise.get(command).run();
            return;
        }
        assertThat(command)
                .as("a command of the guide that this test neither runs nor lists with a reason")
                .startsWith("quorate ");
        Map<String, String> environment = new HashMap<>(site.environment());
        environment.put("QUORATE_DATABASE_USER", "quorate");
        environment.put("QUORATE_DATABASE_PASSWORD_FILE", passwordFile().toString());
        // a command that the guide only mentions, without its arguments
        boolean mentioned = command.matches("quorate (cancel|config check|drain|explain|move|restart|undrain)");
        List<String> words = List.of("sh", "-c", mentioned ? command + " --help" : command);
        if (command.equals("quorate status")) {
            // after a failover a scheduler may have no owner for a moment, and the status then says so
            Patience.until(() ->
                    Command.runAt(site.directory(), environment, words, 300).exit() == 0);
        }
        Command.Result result = Command.runAt(site.directory(), environment, words, 300);
        if (command.equals("quorate doctor")) {
            // the stores of a test run without fsync, and doctor reports that
            assertThat(result.out().lines().filter(line -> line.contains(" FAIL ")))
                    .as(result.out())
                    .allMatch(line -> line.startsWith("durability "));
        } else {
            succeed(result);
        }
    }

    private static void succeed(Command.Result result) {
        assertThat(result.exit()).as(result.out() + result.err()).isZero();
    }

    private void makeMasters() {
        buildbots.prepareRewritten(2, this::asTheGuidesRoles, "m1", "m2");
        for (String name : buildbots.names()) {
            succeed(Command.run(List.of(
                    Command.program("quorate"),
                    "config",
                    "check",
                    site.of(name).configuration().toString())));
        }
    }

    private void startMasters() {
        buildbots.startPrepared();
        int brid = buildbots.of("m1").force("quick");
        site.awaitTrue("select complete = 1 and results = 0 from buildrequests where id = " + brid);
    }

    private void giveTablesToBuildbot() {
        site.execute("create role buildbot login password 'b'");
        site.execute("grant create on schema public to buildbot");
        site.execute("do $$ declare r record; begin"
                + " for r in select c.oid::regclass as name, c.relkind from pg_class c"
                + "   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'S')"
                + "     and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'a') loop"
                + "   execute format('alter %s %s owner to buildbot', case r.relkind when 'r' "
                + "then 'table' else 'sequence' end, r.name);"
                + " end loop; end $$");
    }

    /** Lets the agent connect as the role quorate, and its buildmaster as the role buildbot. */
    private String asTheGuidesRoles(String configuration) {
        return configuration
                .replace("user: " + site.user() + ",", "user: quorate,")
                .replace(site.passwordFile().toString(), passwordFile().toString())
                .replace("//" + site.user() + ":" + site.password() + "@", "//buildbot:b@");
    }

    private Path passwordFile() {
        Path file = site.directory().resolve("quorate-password");
        try {
            if (!Files.exists(file)) {
                Files.writeString(file, "secret\n");
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            }
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
