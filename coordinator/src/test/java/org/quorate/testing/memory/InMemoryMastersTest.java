package org.quorate.testing.memory;

import org.quorate.testing.MastersContract;
import org.quorate.testing.SharedDatabase;

class InMemoryMastersTest extends MastersContract {
    @Override
    protected SharedDatabase open() {
        return new InMemoryDatabase();
    }
}
