package org.quorate.testing.memory;

import org.quorate.testing.SchedulersContract;
import org.quorate.testing.SharedDatabase;

class InMemorySchedulersTest extends SchedulersContract {
    @Override
    protected SharedDatabase open() {
        return new InMemoryDatabase();
    }
}
