package org.quorate.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;
import org.quorate.master.Member;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "explain",
        description = {
            "Explain why a buildrequest does not start, and what would make it start.",
            "",
            "It checks the conditions of a claim: the queue, the masters and their free slots, and the builder's"
                    + " workers as Buildbot's tables show them: absent, paused, busy with which build. It cannot see"
                    + " locks and functions of master.cfg, such as canStartBuild.",
            "",
            "ok: passes; FAIL: keeps it from starting; info: does not decide. Example: quorate explain 4711"
        })
public final class Explain extends ReadCommand {
    @Parameters(paramLabel = "ID", description = "Number of the buildrequest.")
    private int id;

    public Explain(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        Row request = RequestShow.find(session, id);
        List<Row> gates = new ArrayList<>(session.rows("cli/explain", Map.of("id", id)));
        if (request.text("state").equals("pending")) {
            slots(session, request.text("builder")).ifPresent(gates::add);
        }
        String verdict = verdict(request, gates);
        String remedy = gates.stream()
                .filter(gate -> Boolean.FALSE.equals(gate.get("passes")) && gate.has("remedy"))
                .map(gate -> gate.text("remedy"))
                .distinct()
                .collect(Collectors.joining("; and "));
        print(printer, request, gates, verdict, remedy, session.now());
        return Exit.OK;
    }

    /** Returns the check of the free slots of the masters that may claim it; empty if ZooKeeper gives no answer. */
    private java.util.Optional<Row> slots(Session session, String builder) {
        List<String> openers = session.rows("cli/openers", Map.of("builder", builder)).stream()
                .map(row -> row.text("name"))
                .toList();
        if (openers.isEmpty()) {
            return java.util.Optional.empty();
        }
        return AliveMasters.ask(session.target(), clusterOptions.patience())
                .members()
                .map(members -> {
                    Map<String, Long> claims = session.rows("cli/masters", Map.of()).stream()
                            .collect(Collectors.toMap(row -> row.text("name"), row -> row.number("claims")));
                    List<String> free = new ArrayList<>();
                    int total = 0;
                    for (String opener : openers) {
                        Member member = members.get(opener);
                        if (member == null) {
                            free.add(opener + " not alive");
                            continue;
                        }
                        long left = member.capacity() - claims.getOrDefault(member.name(), 0L);
                        total += (int) Math.max(0, left);
                        free.add(member.name() + " " + Math.max(0, left) + " of " + member.capacity());
                    }
                    Map<String, @Nullable Object> values = new LinkedHashMap<>();
                    values.put("check", "free slots");
                    values.put("passes", total > 0);
                    values.put("detail", String.join(", ", free) + ", for all builders of each");
                    values.put("remedy", total > 0 ? null : "wait for a running build to end, or add a master");
                    return new Row(values);
                });
    }

    private static String verdict(Row request, List<Row> gates) {
        String state = request.text("state");
        if (!state.equals("pending")) {
            return state.equals("complete") ? "IS COMPLETE" : "IS BEING BUILT";
        }
        if (gates.stream().anyMatch(gate -> Boolean.FALSE.equals(gate.get("passes")))) {
            return "WILL NOT START NOW";
        }
        boolean busy =
                gates.stream().anyMatch(gate -> gate.text("check").equals("worker connected") && !gate.has("passes"));
        return busy ? "WAITS FOR A FREE WORKER" : "STARTS WHEN IT IS ITS TURN";
    }

    private static void print(
            Printer printer, Row request, List<Row> gates, String verdict, String remedy, Instant now) {
        if (printer.isJson()) {
            ObjectNode document = printer.document("Explanation");
            document.put("request", request.number("id"));
            document.put("builder", request.text("builder"));
            document.put("state", request.text("state"));
            document.put("verdict", verdict);
            document.put("would_start_if", remedy);
            ArrayNode items = document.putArray("checks");
            gates.forEach(gate -> items.add(Printer.node(gate)));
            printer.print(document);
            return;
        }
        Instant submitted = request.time("submitted_at");
        String head = "request " + request.text("id") + "  " + Text.printable(request.text("builder")) + "  prio "
                + request.text("priority") + "  " + request.text("state")
                + (submitted == null ? "" : "  " + Text.age(submitted, now) + " old") + "   ";
        printer.line(head + (verdict.startsWith("WILL NOT") ? printer.alarming(verdict) : verdict));
        boolean pending = request.text("state").equals("pending");
        for (Row gate : gates) {
            Object passes = gate.get("passes");
            String mark = passes == null ? "info" : Boolean.TRUE.equals(passes) ? "ok" : pending ? "FAIL" : "no";
            printer.sentence(
                    String.format(" %-5s %-19s %s", mark, gate.text("check"), Text.printable(gate.text("detail"))),
                    false);
        }
        if (!remedy.isEmpty()) {
            printer.sentence((pending ? "would start if: " : "to do: ") + Text.printable(remedy), false);
        }
    }
}
