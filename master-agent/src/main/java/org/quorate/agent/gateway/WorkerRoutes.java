package org.quorate.agent.gateway;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.master.MasterRow;
import org.quorate.master.Member;

/**
 * Supplies the destinations for workers: the worker ports that the members publish in ZooKeeper. A master whose node is
 * missing keeps its workers until the database shows that its epoch is over, since its agent may only be restarting.
 * One thread.
 */
public final class WorkerRoutes implements Supplier<List<Destination>> {
    private final Supplier<Map<String, Member>> living;
    private final Supplier<List<MasterRow>> rows;
    private final Map<String, Destination> known = new HashMap<>();

    /**
     * Creates the routes.
     *
     * @param living the alive masters by name
     * @param rows the masters' rows as last read from the database; empty before the first read
     */
    public WorkerRoutes(Supplier<Map<String, Member>> living, Supplier<List<MasterRow>> rows) {
        this.living = living;
        this.rows = rows;
    }

    /** Returns the destinations; throws the ensemble's exception if the members cannot be read. */
    @Override
    public List<Destination> get() {
        Map<String, Member> members = living.get();
        Map<String, MasterRow> states = new HashMap<>();
        rows.get().forEach(row -> states.put(row.name(), row));
        known.keySet()
                .removeIf(name -> states.containsKey(name) && states.get(name).state() != MasterRow.State.ACTIVE);
        members.forEach((name, member) -> member.workerPort()
                .ifPresent(
                        port -> known.put(name, new Destination(name, member.host(), port, member.capacity(), false))));
        List<Destination> routes = new ArrayList<>();
        known.forEach((name, to) -> routes.add(new Destination(
                name, to.host(), to.port(), to.capacity(), isClosed(members.get(name), states.get(name)))));
        return routes;
    }

    private static boolean isClosed(@Nullable Member member, @Nullable MasterRow row) {
        return member == null || member.workerPort().isEmpty() || (row != null && row.draining());
    }
}
