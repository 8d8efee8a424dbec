package org.quorate.postgres;

import org.quorate.testing.EventsContract;
import org.quorate.testing.SharedDatabase;

class PostgresEventsTest extends EventsContract {
    @Override
    protected SharedDatabase open() {
        return new PostgresSharedDatabase();
    }
}
