package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The commands of an operator on a running site, and harmless interference from outside. All tests share one site. */
class CommandIT {
    /** The command of builds that do not end; its name belongs to this run alone. */
    private static final String ENDLESS =
            "sleep " + (100_000 + ProcessHandle.current().pid());

    private static Site site;

    @BeforeAll
    static void open() {
        site = Site.patient();
        site.startAll(
                Buildmaster.of(2, Map.of("quick", "true", "endless", ENDLESS))
                        .with(Map.of("yearly", "kind: periodic, every: 8760h, builders: [quick]")),
                "m1",
                "m2");
    }

    @AfterAll
    static void close() {
        site.close();
    }

    @Test
    void a_drained_master_takes_nothing_new_until_it_is_undrained() {
        assertThat(quorate("drain", "m1", "--wait", "--why", "new memory").exit())
                .isZero();
        site.submit("quick", 10);
        site.awaitAllComplete();

        assertThat(site.query("select count(*) from quorate.history c join quorate.master m using (masterid)"
                        + " where m.name = 'm1' and c.kind = 'claim'"
                        + " and c.seq > (select max(d.seq) from quorate.history d where d.kind = 'drain')"))
                .isEqualTo("0");
        assertThat(quorate("masters").out()).contains("drain");

        assertThat(quorate("undrain", "m1").exit()).isZero();
        assertThat(quorate("drain", "m2").exit()).isZero();
        site.submit("quick", 10);
        site.awaitAllComplete();
        assertThat(quorate("undrain", "m2").exit()).isZero();
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_pending_buildrequest_is_cancelled_at_once() {
        assertThat(quorate("drain", "m1", "m2", "--yes").exit()).isZero();
        int brid = site.number("select max(id) from quorate_v1.submit('quick') as s(id)");

        Command.Result result = quorate("cancel", Integer.toString(brid), "--why", "a typing mistake");

        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out()).contains("cancelled");
        assertThat(site.query("select complete || ' ' || results from buildrequests where id = " + brid))
                .isEqualTo("1 6");
        assertThat(quorate("undrain", "m1", "m2").exit()).isZero();
    }

    @Test
    void a_running_build_is_stopped_when_its_buildrequest_is_cancelled() {
        int brid = site.number("select max(id) from quorate_v1.submit('endless') as s(id)");
        Patience.until(() -> endlessBuilds() > 0);

        Command.Result result = quorate("cancel", Integer.toString(brid));

        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out()).contains("asked");
        site.awaitTrue("select complete = 1 and results = 6 from buildrequests where id = " + brid);
        assertThat(endlessBuilds()).isZero();
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_scheduler_moves_to_the_master_that_the_operator_names() {
        site.awaitTrue("select owner is not null from quorate_v1.schedulers where name = 'yearly'");
        String other = site.query("select case owner when 'm1' then 'm2' else 'm1' end from quorate_v1.schedulers");
        int term = site.number("select term from quorate_v1.schedulers");

        Command.Result result = quorate("move", "yearly", "--to", other, "--wait", "--timeout", "90s");

        assertThat(result.exit()).as(result.out() + result.err()).isZero();
        assertThat(site.query("select owner from quorate_v1.schedulers")).isEqualTo(other);
        assertThat(site.number("select term from quorate_v1.schedulers")).isGreaterThan(term);
    }

    @Test
    void an_unreachable_store_is_one_line_and_exit_code_6() {
        Command.Result result = Command.run(List.of(
                Command.program("quorate"),
                "masters",
                "--database",
                "jdbc:postgresql://127.0.0.1:1/none",
                "--user",
                "none"));

        assertThat(result.exit()).isEqualTo(6);
        assertThat(result.err().lines()).hasSize(1).first().asString().contains("127.0.0.1:1");
        assertThat(result.out()).isEmpty();
    }

    @Test
    void a_bad_flag_is_one_line_and_exit_code_2() {
        for (String program : List.of("quorate", "quorate-agent")) {
            Command.Result result = Command.run(List.of(Command.program(program), "--no-such-flag"));

            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.err().lines())
                    .as(result.err())
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("--no-such-flag");
            assertThat(result.out()).isEmpty();
        }
    }

    @Test
    void malformed_nodes_in_zookeeper_are_ignored() throws Exception {
        String before = epochs();
        try (CuratorFramework curator =
                CuratorFrameworkFactory.newClient(site.zooKeeperConnect(), new RetryOneTime(1000))) {
            curator.start();
            byte[] garbage = {(byte) 0xff, 0, '{'};
            List<String> nodes = List.of("masters/garbage", "masters/%zz", "schedulers/garbage", "leader/garbage");
            for (String node : nodes) {
                curator.create().forPath("/quorate/" + Site.CLUSTER + "/" + node, garbage);
            }

            assertWorks(before);

            for (String node : nodes) {
                curator.delete().forPath("/quorate/" + Site.CLUSTER + "/" + node);
            }
        }
        assertThat(site.query("select count(*) from quorate.master")).isEqualTo("2");
    }

    /**
     * A person or a faulty tool wrote garbage: whether a master is alive depends on its node, not on the content of the
     * node.
     */
    @Test
    void a_living_master_whose_node_holds_garbage_is_not_failed_over_and_writes_its_node_again() throws Exception {
        String before = epochs();
        String leader = site.query("select name from quorate_v1.masters where leads");
        try (CuratorFramework curator =
                CuratorFrameworkFactory.newClient(site.zooKeeperConnect(), new RetryOneTime(1000))) {
            curator.start();
            byte[] garbage = {(byte) 0xff, 0, '{'};
            // the leader's node too, and its housekeeping must go on
            for (String name : List.of("m1", "m2")) {
                String path = "/quorate/" + Site.CLUSTER + "/masters/" + name;
                byte[] written = curator.getData().forPath(path);

                curator.setData().forPath(path, garbage);

                Patience.until(() -> Arrays.equals(curator.getData().forPath(path), written));
            }
        }
        assertWorks(before);
        assertThat(site.query("select count(*) from quorate.history where kind = 'fence'"))
                .isEqualTo("0");
        assertThat(site.query("select name from quorate_v1.masters where leads"))
                .isEqualTo(leader);
    }

    private static void assertWorks(String epochsBefore) {
        site.submit("quick", 8);
        site.awaitAllComplete();
        assertThat(site.of("m1").agent().isAlive()).isTrue();
        assertThat(site.of("m2").agent().isAlive()).isTrue();
        assertThat(epochs()).isEqualTo(epochsBefore);
        assertThat(site.violations()).isEmpty();
    }

    private static String epochs() {
        return site.query(
                "select string_agg(name || ' ' || epoch || ' ' || state, ', ' order by name) from quorate.master");
    }

    private static long endlessBuilds() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.endsWith(ENDLESS))
                        .isPresent())
                .count();
    }

    private static Command.Result quorate(String... arguments) {
        return Command.quorate(site, arguments);
    }
}
