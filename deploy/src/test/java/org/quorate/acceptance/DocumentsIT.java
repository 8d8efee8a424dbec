package org.quorate.acceptance;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the commands of the documents, in their order, on the examples that they name. */
class DocumentsIT {
    private static final Path ROOT = Documented.ROOT;
    private static final Path UNITS = Path.of("src/main/systemd");
    private static final DebianPackage PACKAGE = DebianPackage.named("quorate");
    private static final DebianPackage DEMO_PACKAGE = DebianPackage.named("quorate-demo");

    /** The documents. The guide is first, because the other documents are about the cluster that it creates. */
    private static final List<String> DOCUMENTS = List.of(
            "README.md",
            "deploy/RUNBOOK.md",
            "deploy/README.md",
            "deploy/buildbot-plugin/README.md",
            "master-agent/README.md",
            "master-agent/CONFIGURATION.md",
            "master-agent/LINK.md",
            "deploy/RESTORE.md",
            "coordinator/README.md",
            "coordinator/INVARIANTS.md",
            "coordinator/DECISIONS.md",
            "deploy/demo/README.md",
            "sql/README.md",
            "sql/embedded/README.md",
            "coordinator/GLOSSARY.md",
            "CONTRIBUTING.md");

    /**
     * The commands that cannot be run here, with the reason. A new command in a document fails the test until the test
     * runs it or it is listed here.
     */
    private static final Map<String, String> NOT_RUN = Map.ofEntries(
            entry(
                    "sudo apt-get install -y openjdk-17-jdk-headless maven",
                    "wants root and the network; .ci/run installs the same"),
            entry("sudo adduser alice quorate", "wants root"),
            entry("sudo apt-get install -y zookeeperd", "wants root and the network"),
            entry(
                    "sudo cp /usr/share/quorate/etc/examples/zoo.cfg /etc/zookeeper/conf/",
                    "of Debian's ZooKeeper; its file is checked below"),
            entry("echo 1 | sudo tee /etc/zookeeper/conf/myid", "of Debian's ZooKeeper"),
            entry("sudo service zookeeper restart", "of Debian's ZooKeeper"),
            entry("mvn -B -ntp -DskipTests package", "a part of mvn verify"),
            entry("deploy/quorate demo", "run by .ci/run, as root and as an ordinary user"),
            entry("deploy/quorate demo --buildbot", "run by .ci/run, where it has installed Buildbot"),
            entry("quorate demo", "the same, from a package"),
            entry("quorate demo -o json", "the same, from a package"),
            entry("mvn -B -ntp verify", "run by .ci/run: it is what runs this test"),
            entry("mvn package", "a part of mvn verify"),
            entry("mvn -o -B -Pfast -pl coordinator -am test", "a part of mvn verify"),
            entry(
                    "mvn -o -B -Pfast -pl coordinator -am test -Dtest=TimingTest "
                            + "-Dsurefire.failIfNoSpecifiedTests=false",
                    "a part of mvn verify"),
            entry(
                    "mvn -o -B -Pfast -pl deploy -am verify -Dtest=NoUnit -Dsurefire.failIfNoSpecifiedTests=false"
                            + " -Dit.test=DocumentsIT",
                    "a part of mvn verify"),
            entry("mvn -B -ntp verify -Pfast,buildbot", "run by .ci/run, where it has installed Buildbot"),
            entry("mvn -B -ntp verify -Pfast,faults", "run by .ci/run"),
            entry("mvn -o -q spotless:apply", "changes the sources"),
            entry(
                    "mvn -o -B -Pfast -pl master-agent -am test -Dtest=ConfigurationReferenceTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dquorate.write=true",
                    "changes the document"),
            entry("mvn -B -ntp -Pbuildbot -pl sql -am test", "a part of what .ci/run does with a real Buildbot"),
            entry("apt-get install spin gcc libc6-dev", "wants root and the network; .ci/run installs the same"),
            entry(
                    "mvn -B -ntp -Pfaults -pl coordinator -am test -Dtest=FencingModelTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false",
                    "a part of what .ci/run does under faults"),
            entry("deploy/benchmark", "takes five minutes, and what it prints is of use on an idle machine only"),
            entry("deploy/benchmark --failover", "the same, for a quarter of an hour"),
            entry("deploy/benchmark --buildbot", "the same, and wants Buildbot"),
            entry("quorate status --watch", "goes on until Ctrl-C"),
            entry("quorate rescue", "for a database that Buildbot made: RescueTest"),
            entry("quorate rescue --release MASTER --why TEXT --yes", "for a database that Buildbot made: RescueTest"),
            entry("quorate schema adopt", "for a database that Buildbot made: AdoptionTest"),
            entry("quorate schema leave", "for a database that Buildbot made: AdoptionTest"),
            entry("quorate schema pair --dry-run", "for stores that were replaced: SchemaIdentityTest"),
            entry("quorate schema pair --yes --why restored", "for stores that were replaced: SchemaIdentityTest"),
            entry(
                    "quorate schema new-identity --name staging --dry-run",
                    "for a copy of the database: SchemaIdentityTest"),
            entry("quorate schema new-identity --name staging --yes", "for a copy of the database: SchemaIdentityTest"),
            entry("/usr/bin/python3 -m unittest discover -b -s tests -t .", "wants Buildbot: run by .ci/run"),
            entry("buildbot reconfig", "of Buildbot: BuildbotOperationsIT"),
            entry("buildbot stop", "of Buildbot: BuildbotOperationsIT"),
            entry("buildbot restart", "of Buildbot: BuildbotOperationsIT"),
            entry("buildbot start", "of Buildbot: BuildbotOperationsIT"),
            entry("systemctl cat quorate-agent", "wants systemd; its unit's name is checked below"),
            entry("systemctl status quorate-agent", "wants systemd; its unit's name is checked below"),
            entry("journalctl -u quorate-agent", "wants systemd; its unit's name is checked below"));

    private final Map<String, Consumer<ThreeMachines>> otherwise = new LinkedHashMap<>();

    @TempDir
    private Path temporary;

    DocumentsIT() {
        otherwise.put(
                "sudo apt-get install -y ./quorate_0.1.0_all.deb",
                machines -> assertThat(PACKAGE.file()).hasFileName("quorate_0.1.0_all.deb"));
        otherwise.put(
                "sudo apt-get install -y ./quorate-demo_0.1.0_amd64.deb",
                machines -> assertThat(DEMO_PACKAGE.file()).exists());
        otherwise.put(
                "sudo -u postgres psql -v ON_ERROR_STOP=1 -f /usr/share/quorate/etc/examples/database.sql",
                machines -> machines.feed(ThreeMachines.EXAMPLES.resolve("database.sql")));
        onEachMachine("sudo install -o root -g quorate -m 0640 /dev/stdin /etc/quorate/password");
        onEachMachine("sudo sed -i \"s/^master: .*/master: $(hostname -s)/\" /etc/quorate/agent.yaml");
        onEachMachine("sudo cp /usr/share/quorate/etc/examples/shell.yaml /etc/quorate/");
        onEachMachine("sudo quorate config check /etc/quorate/agent.yaml");
        otherwise.put("sudo systemctl enable --now quorate-agent", DocumentsIT::startAll);
        otherwise.put("quorate doctor", DocumentsIT::examine);
        untilItIsWell("quorate status");
        untilItIsWell("quorate status -o json");
        otherwise.put("ssh m2 sudo systemctl kill --signal=STOP quorate-agent", DocumentsIT::failOverAndComeBack);
        otherwise.put("systemctl reload quorate-agent", DocumentsIT::restartTheAgentAlone);
    }

    private void onEachMachine(String command) {
        otherwise.put(
                command,
                machines -> machines.names().forEach(name -> {
                    Command.Result result = machines.on(name, command);
                    assertThat(result.exit())
                            .as(command + "\n" + result.out() + result.err())
                            .isZero();
                }));
    }

    /** After a failover or a drain a scheduler may have no owner for a moment, and the status then says so. */
    private void untilItIsWell(String command) {
        otherwise.put(
                command,
                machines -> Patience.until(() -> machines.operator(command).exit() == 0));
    }

    private static void startAll(ThreeMachines machines) {
        machines.names().forEach(name -> machines.of(name).start());
        machines.database()
                .awaitTrue("select count(*) = 3 and bool_and(state = 'active') from quorate_v1.masters m"
                        + " where exists (select 1 from builder_masters b where b.masterid = m.masterid)");
        machines.database().awaitTrue("select count(*) = 3 and bool_and(owner is not null) from quorate_v1.schedulers");
    }

    /** The stores of a test run without fsync, and doctor reports that. */
    private static void examine(ThreeMachines machines) {
        Command.Result result = machines.operator("quorate doctor");
        assertThat(result.out().lines().filter(line -> line.contains(" FAIL ")))
                .as(result.out() + result.err())
                .allMatch(line -> line.startsWith("durability "));
    }

    private static void failOverAndComeBack(ThreeMachines machines) {
        Database database = machines.database();
        String m2 = " from quorate_v1.masters where name = 'm2'";
        String epoch = database.query("select epoch" + m2);
        machines.of("m2").freezeAll();
        database.awaitTrue("select state = 'dead'" + m2);
        database.awaitTrue("select bool_and(owner <> 'm2') from quorate_v1.schedulers");
        machines.of("m2").thawAll();
        database.awaitTrue("select state = 'active' and epoch > " + epoch + m2);
    }

    /**
     * FaultsIT tests that an agent which is back in time resumes its epoch. This test does not: the machine may be too
     * slow.
     */
    private static void restartTheAgentAlone(ThreeMachines machines) {
        Database database = machines.database();
        String m1 = " from quorate_v1.masters where name = 'm1'";
        database.awaitTrue("select state = 'active'" + m1);
        String incarnation = database.query("select incarnation" + m1);
        machines.of("m1").handOver(); // ExecReload
        machines.of("m1").start(); // systemd does it: RestartForceExitStatus
        database.awaitTrue("select state = 'active' and incarnation::text <> '" + incarnation + "'" + m1);
    }

    @Test
    void every_command_of_the_documents_works_on_three_machines() {
        Set<String> met = new LinkedHashSet<>();
        try (ThreeMachines machines = ThreeMachines.open()) {
            for (String document : DOCUMENTS) {
                for (String command : Documented.commands(document)) {
                    if (met.add(command) && !NOT_RUN.containsKey(command)) {
                        run(machines, document, command);
                    }
                }
            }
            Command.Result verify = machines.operator("quorate verify");
            assertThat(verify.exit()).as(verify.out() + verify.err()).isZero();
        }
        assertThat(met)
                .as("each command that is listed here stands in a document")
                .containsAll(NOT_RUN.keySet());
        assertThat(met).containsAll(otherwise.keySet());
    }

    private void run(ThreeMachines machines, String document, String command) {
        if (otherwise.containsKey(command)) {
            otherwise.get(command).accept(machines);
            return;
        }
        assertThat(command)
                .as("a command in " + document + " that this test neither runs nor lists with a reason")
                .startsWith("quorate ");
        String typed = command.replace("REQUEST", "1")
                .replace("MASTER", "m2")
                .replaceFirst("(--certificate|--check) FILE", "$1 certificate.json")
                .replace("FILE", "m1/agent.yaml");
        Command.Result result = machines.operator(typed);
        assertThat(result.exit())
                .as(document + ": " + typed + "\n" + result.out() + result.err())
                .isZero();
    }

    @Test
    void zoo_cfg_is_an_ensemble_of_three_that_grants_what_the_agents_ask_for() throws Exception {
        Files.writeString(temporary.resolve("myid"), "1\n");
        Path file = temporary.resolve("zoo.cfg");
        Files.writeString(
                file,
                Files.readString(ThreeMachines.EXAMPLES.resolve("zoo.cfg"))
                        .replace("/var/lib/zookeeper", temporary.toString())
                        // the names of the guide's machines cannot be looked up here
                        .replaceAll("=m(\\d):", "=127.0.0.$1:"));
        QuorumPeerConfig config = new QuorumPeerConfig();

        config.parse(file.toString());

        assertThat(config.getServers()).hasSize(3);
        assertThat(config.isDistributed()).isTrue();
        int asked = 6000;
        assertThat(config.getMinSessionTimeout()).isPositive().isLessThanOrEqualTo(asked);
        assertThat(config.getMaxSessionTimeout()).isGreaterThanOrEqualTo(60_000);
        assertThat(config.getTickTime())
                .as("a session ends up to a tick late, and the promised bound of a failover allows for one second")
                .isLessThanOrEqualTo(1000);
        assertThat(config.getPurgeInterval())
                .as("without it the disk would fill")
                .isPositive();
    }

    @Test
    void the_package_has_every_path_that_documents_examples_and_units_name() throws IOException {
        Map<String, TarArchiveEntry> content = PACKAGE.content();
        List<Path> texts = new ArrayList<>(DOCUMENTS.stream().map(ROOT::resolve).toList());
        texts.add(ROOT.resolve("deploy/BUILDBOT.md")); // BuildbotGuideIT runs its commands
        for (Path folder : List.of(ThreeMachines.EXAMPLES, UNITS)) {
            try (Stream<Path> files = Files.list(folder)) {
                texts.addAll(files.toList());
            }
        }
        Pattern path = Pattern.compile("(?<![\\w.])/usr/(?:share/quorate/|bin/quorate)[\\w./-]*\\w");
        Set<String> named = new LinkedHashSet<>();
        for (Path text : texts) {
            Matcher matcher = path.matcher(Files.readString(text));
            while (matcher.find()) {
                named.add(matcher.group());
            }
        }

        assertThat(named).contains("/usr/bin/quorate-agent", "/usr/share/quorate/etc/examples/database.sql");
        named.removeIf(name -> content.containsKey(name) || content.containsKey(name + "/"));
        assertThat(named).contains("/usr/share/quorate/share/demo/buildbot/master.cfg");
        named.removeIf(name -> DEMO_PACKAGE.content().containsKey(name));
        assertThat(named).as("paths that documents name and no package has").isEmpty();
        assertThat(content.keySet())
                .contains(
                        "/etc/quorate/agent.yaml",
                        "/lib/systemd/system/quorate-agent.service",
                        "/lib/systemd/system/quorate-agent@.service",
                        "/usr/lib/tmpfiles.d/quorate.conf",
                        "/usr/share/man/man1/quorate.1",
                        "/usr/share/man/man1/quorate-agent.1",
                        "/usr/share/bash-completion/completions/quorate");
        for (String program : List.of("quorate", "quorate-agent")) {
            assertThat(content.get("/usr/bin/" + program).getLinkName()).isEqualTo("../share/quorate/bin/" + program);
            assertThat(content.get("/usr/share/quorate/bin/" + program).getMode() & 0111)
                    .isEqualTo(0111);
        }
        assertThat(content.get("/etc/quorate/agent.yaml").getMode() & 0777)
                .as("it may hold a password")
                .isEqualTo(0640);
    }

    @Test
    void every_unit_that_the_documents_name_is_one_of_ours() throws IOException {
        Pattern unit = Pattern.compile("(?:systemctl|journalctl)\\b.*?([\\w@-]+)$");
        Set<String> units = new LinkedHashSet<>();
        for (String document : DOCUMENTS) {
            for (String command : Documented.commands(document)) {
                Matcher matcher = unit.matcher(command);
                if (matcher.find()) {
                    units.add(matcher.group(1));
                }
            }
        }

        assertThat(units)
                .isNotEmpty()
                .allSatisfy(name -> assertThat(UNITS.resolve(name + ".service")).exists());
    }
}
