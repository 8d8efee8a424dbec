package org.quorate.testing.memory;

import java.util.Comparator;
import java.util.List;
import org.quorate.event.Batch;
import org.quorate.event.Cursor;
import org.quorate.event.Events;
import org.quorate.event.Publication;
import org.quorate.master.Authority;
import org.quorate.master.MasterRow;
import org.quorate.testing.memory.InMemoryDatabase.Said;

/** The events between the buildmasters of an {@link InMemoryDatabase}. Thread-safe. */
public final class InMemoryEvents implements Events {
    private final InMemoryDatabase database;

    InMemoryEvents(InMemoryDatabase database) {
        this.database = database;
    }

    @Override
    public void publish(Authority authority, Publication publication) {
        database.transaction(() -> {
            database.fence(authority);
            publication
                    .batches()
                    .forEach(events -> database.publish(authority.masterid(), publication.attempt(), events));
            return true;
        });
    }

    @Override
    public void settle(Authority authority, Publication publication) {
        database.transaction(() -> {
            database.fence(authority);
            if (database.said.stream().noneMatch(row -> row.attempt().equals(publication.attempt()))) {
                publish(authority, publication);
            }
            return true;
        });
    }

    @Override
    public boolean hasOthers(int masterid) {
        return database.transaction(() -> database.masters.values().stream()
                .anyMatch(master -> master.id != masterid && master.state == MasterRow.State.ACTIVE));
    }

    @Override
    public long newest() {
        return database.transaction(database::newestSeq);
    }

    @Override
    public long issued() {
        return database.transaction(database::issuedSeq);
    }

    @Override
    public List<Batch> read(int masterid, Cursor cursor, int limit) {
        return database.transaction(() -> database.said.stream()
                .map(Said::batch)
                .filter(batch -> batch.masterid() != masterid
                        && batch.seq() > cursor.heard().getOrDefault(batch.masterid(), cursor.floor()))
                .sorted(Comparator.comparingLong(Batch::seq))
                .limit(limit)
                .toList());
    }
}
