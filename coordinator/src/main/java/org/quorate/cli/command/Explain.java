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
            "It checks the conditions of a claim: the queue, the masters and their free slots. It does not check"
                    + " whether a worker is free or connected: see quorate workers."
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
            slots(session).ifPresent(gates::add);
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

    /** Returns the check of the free slots of all masters; empty if ZooKeeper is not asked or does not answer. */
    private java.util.Optional<Row> slots(Session session) {
        return AliveMasters.ask(session.target(), clusterOptions.patience())
                .members()
                .map(members -> {
                    Map<String, Long> claims = session.rows("cli/masters", Map.of()).stream()
                            .collect(Collectors.toMap(row -> row.text("name"), row -> row.number("claims")));
                    List<String> free = new ArrayList<>();
                    int total = 0;
                    for (Member member : members.values()) {
                        long left = member.capacity() - claims.getOrDefault(member.name(), 0L);
                        total += (int) Math.max(0, left);
                        free.add(member.name() + " " + Math.max(0, left) + " of " + member.capacity());
                    }
                    Map<String, @Nullable Object> values = new LinkedHashMap<>();
                    values.put("check", "free slots");
                    values.put("passes", total > 0);
                    values.put("detail", free.isEmpty() ? "no master is alive" : String.join(", ", free));
                    values.put("remedy", total > 0 ? null : "wait for a running build to end, or add a master");
                    return new Row(values);
                });
    }

    private static String verdict(Row request, List<Row> gates) {
        String state = request.text("state");
        if (!state.equals("pending")) {
            return state.equals("complete") ? "IS COMPLETE" : "IS BEING BUILT";
        }
        boolean open = gates.stream().noneMatch(gate -> Boolean.FALSE.equals(gate.get("passes")));
        return open ? "STARTS WHEN IT IS ITS TURN" : "WILL NOT START NOW";
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
            printer.line(
                    String.format(" %-5s %-19s %s", mark, gate.text("check"), Text.printable(gate.text("detail"))));
        }
        if (!remedy.isEmpty()) {
            printer.line((pending ? "would start if: " : "to do: ") + Text.printable(remedy));
        }
    }
}
