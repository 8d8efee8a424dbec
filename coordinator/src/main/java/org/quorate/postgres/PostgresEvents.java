package org.quorate.postgres;

import java.util.List;
import org.quorate.event.Batch;
import org.quorate.event.Cursor;
import org.quorate.event.Events;
import org.quorate.event.Publication;
import org.quorate.master.Authority;

/** The events between buildmasters, as rows of {@code quorate.event}. Thread-safe. */
public final class PostgresEvents implements Events {
    private final PostgresDatabase database;

    public PostgresEvents(PostgresDatabase database) {
        this.database = database;
    }

    @Override
    public void publish(Authority authority, Publication publication) {
        database.transaction(transaction -> {
            transaction.fence(authority);
            return write(transaction, authority, publication);
        });
    }

    @Override
    public void settle(Authority authority, Publication publication) {
        database.transaction(transaction -> {
            transaction.fenceExclusively(authority);
            boolean published = transaction
                    .statement("events/published")
                    .bind("masterid", authority.masterid())
                    .bind("attempt", publication.attempt())
                    .mapTo(Boolean.class)
                    .one();
            return published ? 0 : write(transaction, authority, publication);
        });
    }

    private static int write(Transaction transaction, Authority authority, Publication publication) {
        return transaction
                .statement("events/publish")
                .bind("masterid", authority.masterid())
                .bind("attempt", publication.attempt())
                .bindArray("batches", String.class, publication.batches())
                .mapTo(Integer.class)
                .one();
    }

    @Override
    public boolean hasOthers(int masterid) {
        return database.read(transaction -> transaction
                .statement("events/others")
                .bind("masterid", masterid)
                .mapTo(Boolean.class)
                .one());
    }

    @Override
    public long newest() {
        return database.read(transaction ->
                transaction.statement("events/newest").mapTo(Long.class).one());
    }

    @Override
    public long issued() {
        return database.read(transaction ->
                transaction.statement("events/issued").mapTo(Long.class).one());
    }

    @Override
    public List<Batch> read(int masterid, Cursor cursor, int limit) {
        List<Integer> masterids = List.copyOf(cursor.heard().keySet());
        return database.read(transaction -> transaction
                .statement("events/read")
                .bind("masterid", masterid)
                .bindArray("masterids", Integer.class, masterids)
                .bindArray(
                        "seqs",
                        Long.class,
                        masterids.stream().map(cursor.heard()::get).toList())
                .bind("floor", cursor.floor())
                .bind("limit", limit)
                .map((row, context) -> new Batch(row.getInt("masterid"), row.getLong("seq"), row.getString("events")))
                .list());
    }
}
