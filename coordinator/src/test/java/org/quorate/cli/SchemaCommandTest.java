package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.cli.output.Exit;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.TestDatabase;

class SchemaCommandTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perClass();

    @TempDir
    Path home;

    @Test
    void the_schema_is_made_once_and_belongs_to_its_cluster_from_then_on() {
        try (TestDatabase empty = TestDatabase.empty()) {
            Operator operator = Operator.of(POSTGRES, home).with("QUORATE_DATABASE_URL", empty.url());

            assertThat(operator.types("schema", "create", "--standalone", "--cluster", "ci", "--dry-run")
                            .out())
                    .contains("dry run: nothing was changed");
            assertThat(operator.types("schema", "status").exit()).isEqualTo(Exit.PRECONDITION);
            Operator.Said beside = operator.types("schema", "adopt", "--cluster", "ci");
            assertThat(beside.exit()).isEqualTo(Exit.REFUSED);
            assertThat(beside.err()).contains("no Buildbot tables");
            Operator.Said made = operator.types("schema", "create", "--standalone", "--cluster", "ci");
            assertThat(made.exit()).as(made.err()).isZero();
            Operator.Said again = operator.types("schema", "create", "--standalone", "--cluster", "ci", "-o", "json");
            assertThat(again.exit()).as(again.err()).isZero();
            assertThat(again.out()).startsWith("{").contains("\"cluster\" : \"ci\"");
            assertThat(operator.types("schema", "create", "--standalone", "--cluster", "other")
                            .exit())
                    .isEqualTo(Exit.REFUSED);
            assertThat(operator.types("schema", "status", "--cluster", "ci").out())
                    .contains("of cluster ci");
        }
    }

    @Test
    void adopt_prints_its_plan_and_leave_removes_all_of_it() {
        try (TestDatabase buildbot = TestDatabase.buildbot()) {
            Operator operator = Operator.of(POSTGRES, home)
                    .with("QUORATE_DATABASE_URL", buildbot.url())
                    .with("QUORATE_CLUSTER", "ci");
            String schemas = "select string_agg(nspname, ' ' order by 1) from pg_namespace where nspname ~ '^quorate'";

            Operator.Said plan = operator.types("schema", "adopt", "--dry-run");
            assertThat(plan.exit()).as(plan.err()).isZero();
            assertThat(plan.out())
                    .contains("beside Buildbot's tables of version 059, for " + buildbot.user()
                            + " alone until it grants rights")
                    .containsPattern("put triggers on buildrequests +SHARE ROW EXCLUSIVE.* 0\\n")
                    .containsPattern("make the index quorate_pending on buildrequests +SHARE UPDATE EXCLUSIVE")
                    .endsWith("dry run: nothing was changed\n");
            assertThat(buildbot.text(schemas)).isEqualTo("null");

            Operator.Said json = operator.types("schema", "adopt", "--no-index", "-o", "json");
            assertThat(json.exit()).as(json.err()).isZero();
            assertThat(json.out()).startsWith("{").contains("\"kind\" : \"SchemaChange\"", "\"dryRun\" : false");
            assertThat(operator.types("doctor").out())
                    .contains("missing or broken: quorate_children, quorate_open, quorate_pending, quorate_running");
            Operator.Said again = operator.types("schema", "adopt");
            assertThat(again.exit()).as(again.err()).isZero();
            assertThat(again.out()).contains("make the index quorate_open").contains("of cluster ci");
            assertThat(operator.types("doctor").out()).containsPattern("indexes +ok +all there");
            assertThat(operator.types("schema", "adopt").out()).contains("is current");

            Operator.Said hesitant = operator.types("schema", "leave");
            assertThat(hesitant.exit()).isEqualTo(Exit.REFUSED);
            assertThat(hesitant.out())
                    .contains(
                            "drop 5 triggers on buildrequests",
                            "with the history and the rights that were granted on them");
            assertThat(hesitant.err()).contains("run the command again with --yes");
            assertThat(operator.types("schema", "leave", "--dry-run", "--yes").exit())
                    .isZero();
            assertThat(buildbot.text(schemas)).isEqualTo("quorate quorate_v1");
            Operator.Said left = operator.types("schema", "leave", "--yes", "--why", "we go back");
            assertThat(left.exit()).as(left.err()).isZero();
            assertThat(buildbot.text(schemas)).isEqualTo("null");
            Operator.Said nothing = operator.types("schema", "leave", "--yes", "-o", "json");
            assertThat(nothing.exit()).as(nothing.err()).isZero();
            assertThat(nothing.err()).contains("there is nothing of Quorate's");
        }
    }

    @Test
    void nobody_leaves_while_a_master_is_alive_unless_the_operator_insists() throws Exception {
        try (TestDatabase buildbot = TestDatabase.adopted()) {
            Operator operator = Operator.of(POSTGRES, home).with("QUORATE_DATABASE_URL", buildbot.url());
            buildbot.execute(
                    "insert into masters (id, name, name_hash, active, last_active) values (1, 'm1', 'h1', 1, 0);"
                            + "insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by)"
                            + " values (1, 'm1', 1, gen_random_uuid(), 'active', 'test')");
            assertThat(operator.types("schema", "leave", "--dry-run").exit()).isZero();
            Operator.Said mistaken = operator.types("schema", "leave", "--yes", "--cluster", "prod");
            assertThat(mistaken.exit()).isEqualTo(Exit.REFUSED);
            assertThat(mistaken.err()).contains("belongs to the cluster test, not to prod");

            try (var agent = buildbot.dataSource().getConnection()) {
                agent.setClientInfo("ApplicationName", "quorate-agent:h1");
                Operator.Said refused = operator.types("schema", "leave", "--yes");
                assertThat(refused.exit()).isEqualTo(Exit.REFUSED);
                assertThat(refused.err()).contains("m1 is alive, nothing was changed");
                assertThat(operator.types("schema", "status").exit()).isZero();

                assertThat(operator.types("schema", "leave", "--yes", "--even-if-alive")
                                .exit())
                        .isZero();
            }
            assertThat(operator.types("schema", "status").exit()).isEqualTo(Exit.PRECONDITION);
        }
    }

    @Test
    void what_cannot_be_adopted_or_left_is_refused_with_the_reason() {
        try (TestDatabase newer = TestDatabase.buildbot()) {
            newer.execute("update alembic_version set version_num = '068'");
            Operator operator = Operator.of(POSTGRES, home).with("QUORATE_CLUSTER", "test");

            Operator.Said adopt = operator.types("schema", "adopt", "--dry-run", "--database", newer.url());
            assertThat(adopt.exit()).isEqualTo(Exit.REFUSED);
            assertThat(adopt.err())
                    .isEqualTo("quorate: Buildbot's tables are of version 068, and Quorate knows 059 (Buildbot 3.7)"
                            + " to 067 (4.3)\n");
            Operator.Said leave = operator.types("schema", "leave", "--yes");
            assertThat(leave.exit()).isEqualTo(Exit.REFUSED);
            assertThat(leave.err()).contains("this database is standalone", "the queue would go with them");
        }
    }
}
