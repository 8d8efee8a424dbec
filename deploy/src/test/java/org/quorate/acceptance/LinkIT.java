package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The answers of a running agent on its link, to strangers and to a buildmaster that was not frozen while its agent
 * was.
 */
class LinkIT {
    private static final List<String> SCHEDULERS =
            IntStream.range(0, 8).mapToObj(i -> "s" + i).toList();
    private static final String M1 = " from quorate.master where name = 'm1'";

    private Site site;

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void malformed_messages_are_each_answered_and_the_agent_serves_the_next_buildmaster() {
        site = Site.patient();
        startAlone("m1");
        String epoch = site.query("select epoch" + M1);

        Map<String, Integer> malformed = new LinkedHashMap<>();
        malformed.put("\0\1\2 no json\n", -32700);
        malformed.put("{\"jsonrpc\":\"2.0\"\n", -32700);
        malformed.put("{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\",\"method\":\"hello\"}\n", -32700);
        malformed.put("{\"jsonrpc\":\"2.0\"}\n", -32600);
        malformed.put("[]\n", -32600);
        malformed.put("\"" + "x".repeat(1 << 21) + "\"\n", -32600);
        malformed.put("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"finish\",\"params\":{}}\n", -32601);
        malformed.put(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{\"protocol\":\"one\"}}\n", -32602);
        malformed.put("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"claim\",\"params\":{}}\n", -32002);
        try (LinkByHand stranger = LinkByHand.to(site.of("m1"))) {
            int sent = 0;
            for (Map.Entry<String, Integer> message : malformed.entrySet()) {
                stranger.write(message.getKey());
                int answers = ++sent;
                Patience.until(() -> stranger.heard().size() >= answers);
                assertThat(stranger.heard()
                                .get(sent - 1)
                                .path("error")
                                .path("code")
                                .asInt())
                        .as(message.getKey()
                                .substring(0, Math.min(60, message.getKey().length() - 1)))
                        .isEqualTo(message.getValue());
            }
            assertThat(stranger.write("no json\n".repeat(40))).isTrue();
            stranger.awaitClosed();
        }
        assertThat(site.of("m1").logText())
                .contains("sent a malformed line")
                .contains("more than 20 malformed lines")
                .doesNotContain("a fault of this program");

        try (LinkByHand buildmaster = LinkByHand.to(site.of("m1"))) {
            JsonNode hello = buildmaster.call("hello", LinkByHand.hello("m1", "slow", List.of(), List.of()));
            assertThat(hello.path("result").path("epoch").asText())
                    .as("%s", hello)
                    .isEqualTo(epoch);
            site.submit("slow", 1);
            for (JsonNode claim : claims(buildmaster, 1)) {
                assertThat(buildmaster
                                .call("complete", completion(claim))
                                .path("result")
                                .path("accepted")
                                .asBoolean())
                        .isTrue();
            }
            site.assertWhole(1);
        }
    }

    /**
     * The buildmaster is the test itself, which nobody freezes. Its messages wait in the agent's socket while the agent
     * is frozen. So the woken agent first reads a completion, a tick and a claim of its old epoch.
     */
    @Test
    void nothing_is_accepted_that_a_buildmaster_sent_while_its_agent_was_frozen_and_failed_over() {
        site = Site.open();
        startAlone("m1");
        try (LinkByHand buildmaster = LinkByHand.to(site.of("m1"))) {
            buildmaster.call("hello", LinkByHand.hello("m1", "slow", SCHEDULERS, List.of()));
            site.submit("slow", 4);
            List<JsonNode> held = claims(buildmaster, 4);
            Map<String, String> schedulers = new LinkedHashMap<>();
            SCHEDULERS.forEach(name -> schedulers.put(name, "kind: periodic, every: 24h, builders: [slow]"));
            site.startAll(Buildmaster.of(4, Map.of("slow", "sleep 1")).with(schedulers), "m2");
            site.awaitTrue("select exists (select 1 from quorate_v1.schedulers where owner = 'm1')");

            site.of("m1").freezeAll();
            String epoch = site.query("select epoch" + M1);
            String scheduler = site.query("select name from quorate_v1.schedulers where owner = 'm1' order by name");
            String term = site.query("select term from quorate_v1.schedulers where name = '" + scheduler + "'");
            int complete = buildmaster.send("complete", completion(held.get(0)));
            int tick = buildmaster.send(
                    "tick",
                    "{\"scheduler\":\"" + scheduler + "\",\"term\":" + term + ",\"occasion\":\"of a zombie\",\"at\":0,"
                            + "\"builders\":[\"slow\"],\"priority\":0,\"reason\":\"too late\",\"properties\":{}}");
            int claim = buildmaster.send("claim", "{\"slots\":{\"slow\":4},\"limit\":4}");
            site.awaitTrue("select state = 'dead'" + M1);
            int fence = site.number("select max(seq) from quorate.history where kind = 'fence'");
            site.awaitAllComplete();

            site.of("m1").thawAll();

            assertThat(buildmaster
                            .answer(complete)
                            .path("result")
                            .path("accepted")
                            .asBoolean())
                    .isFalse();
            assertThat(buildmaster.answer(tick).path("error").path("code").asInt())
                    .isIn(-32000, -32001);
            assertThat(buildmaster.answer(claim).path("result").path("claims")).isEmpty();
            assertThat(buildmaster.awaitNotification("fence").path("why").asText())
                    .isNotEmpty();
            site.awaitTrue("select state = 'active' and epoch > " + epoch + M1);
            assertThat(site.query("select count(*) from quorate.history h join quorate.master m using (masterid)"
                            + " where m.name = 'm1' and h.epoch = " + epoch + " and h.seq > " + fence
                            + " and h.kind in ('claim', 'complete', 'tick', 'own')"))
                    .as("nothing was written in the epoch that had ended")
                    .isEqualTo("0");
            assertThat(site.query("select count(*) from quorate.tick where occasion = 'of a zombie'"))
                    .isEqualTo("0");
            startsAnew(held, epoch, buildmaster);
        }
        site.assertWhole(4);
    }

    /** Sends the next hello, which still names the old claims; the answer lists them as builds to stop. */
    private void startsAnew(List<JsonNode> held, String epoch, LinkByHand before) {
        before.close();
        List<String> running = new ArrayList<>();
        held.forEach(claim ->
                running.add("{\"brid\":" + claim.path("brid") + ",\"attempt\":" + claim.path("attempt") + "}"));
        try (LinkByHand after = LinkByHand.to(site.of("m1"))) {
            JsonNode hello = after.call("hello", LinkByHand.hello("m1", "slow", SCHEDULERS, running))
                    .path("result");
            assertThat(hello.path("epoch").asLong()).isGreaterThan(Long.parseLong(epoch));
            assertThat(hello.path("stop")).hasSize(held.size());
        }
    }

    /** Starts an agent that does not start its buildmaster itself. */
    private void startAlone(String name) {
        Master master = site.master(name, Buildmaster.of(4, Map.of("slow", "true")));
        master.rewrite(text -> text.substring(0, text.indexOf("buildmaster:")));
        master.start();
        site.awaitTrue("select count(*) = 1 from quorate.master where name = '" + name + "' and state = 'active'");
        Patience.until(() -> Files.exists(master.link()));
    }

    /** Sends claim requests, as LINK.md describes, until this number of claims is there. */
    private static List<JsonNode> claims(LinkByHand buildmaster, int count) {
        List<JsonNode> claims = new ArrayList<>();
        Patience.until(() -> {
            buildmaster
                    .call(
                            "claim",
                            "{\"slots\":{\"slow\":" + (count - claims.size()) + "},\"limit\":" + (count - claims.size())
                                    + "}")
                    .path("result")
                    .path("claims")
                    .forEach(claims::add);
            return claims.size() == count;
        });
        return claims;
    }

    private static String completion(JsonNode claim) {
        return "{\"brid\":" + claim.path("brid") + ",\"attempt\":" + claim.path("attempt") + ",\"results\":0}";
    }
}
