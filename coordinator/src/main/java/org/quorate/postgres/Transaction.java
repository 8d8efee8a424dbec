package org.quorate.postgres;

import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.sql.Statements;

/** An open transaction: runs named statements, and the fence. One thread. */
final class Transaction {
    private final Handle handle;

    Transaction(Handle handle) {
        this.handle = handle;
    }

    /** Returns the statement of this name, ready for its parameters. */
    Query statement(String name) {
        return handle.createQuery(Statements.named(name));
    }

    /** Returns the statement of this name with the parameters that every write carries. */
    Query statement(String name, Authority authority) {
        return statement(name).bind("masterid", authority.masterid()).bind("epoch", authority.epoch());
    }

    /** Runs a statement that returns no rows. Returns how many rows it changed. */
    int update(String name, java.util.function.UnaryOperator<org.jdbi.v3.core.statement.Update> parameters) {
        return parameters.apply(handle.createUpdate(Statements.named(name))).execute();
    }

    /**
     * Runs FENCE: the authority is current until the commit. Otherwise it throws {@link Fenced} and nothing is
     * committed.
     */
    Fence fence(Authority authority) {
        Fence fence = fence("masters/fence", authority);
        Failpoint.FENCE_HELD.reached();
        return fence;
    }

    /** Runs FENCE, and also waits for every open transaction of this authority. */
    Fence fenceExclusively(Authority authority) {
        return fence("masters/fence_exclusive", authority);
    }

    private Fence fence(String statement, Authority authority) {
        List<Fence> rows = statement(statement, authority)
                .bind("incarnation", authority.incarnation())
                .map((row, context) -> new Fence(
                        row.getBoolean("draining"), row.getBoolean("holds"), "master:" + row.getString("name")))
                .list();
        if (rows.isEmpty()) {
            throw new Fenced(authority);
        }
        return rows.get(0);
    }

    /**
     * The content of the fence's row.
     *
     * @param draining whether the master takes nothing new: it is drained or held
     * @param holds whether anything at all is held
     */
    record Fence(boolean draining, boolean holds, String actor) {}
}
