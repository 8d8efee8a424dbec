package org.quorate.testing;

class InMemoryMastersTest extends MastersContract {
    @Override
    protected SharedDatabase open() {
        return new InMemoryDatabase();
    }
}
