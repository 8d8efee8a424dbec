package org.quorate.testing.memory;

import org.quorate.testing.EventsContract;
import org.quorate.testing.SharedDatabase;

class InMemoryEventsTest extends EventsContract {
    @Override
    protected SharedDatabase open() {
        return new InMemoryDatabase();
    }
}
