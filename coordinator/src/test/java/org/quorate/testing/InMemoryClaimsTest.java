package org.quorate.testing;

class InMemoryClaimsTest extends ClaimsContract {
    @Override
    protected SharedDatabase open() {
        return new InMemoryDatabase();
    }
}
