package org.quorate.testing;

class InMemoryEventsTest extends EventsContract {
    @Override
    protected SharedDatabase open() {
        return new InMemoryDatabase();
    }
}
