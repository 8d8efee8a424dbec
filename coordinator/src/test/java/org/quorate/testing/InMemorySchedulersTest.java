package org.quorate.testing;

class InMemorySchedulersTest extends SchedulersContract {
    @Override
    protected SharedDatabase open() {
        return new InMemoryDatabase();
    }
}
