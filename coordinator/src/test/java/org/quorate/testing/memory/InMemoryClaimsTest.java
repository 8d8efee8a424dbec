package org.quorate.testing.memory;

import org.quorate.testing.ClaimsContract;
import org.quorate.testing.SharedDatabase;

class InMemoryClaimsTest extends ClaimsContract {
    @Override
    protected SharedDatabase open() {
        return new InMemoryDatabase();
    }
}
