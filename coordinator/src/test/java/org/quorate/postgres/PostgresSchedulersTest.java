package org.quorate.postgres;

import org.quorate.testing.SchedulersContract;
import org.quorate.testing.SharedDatabase;

class PostgresSchedulersTest extends SchedulersContract {
    @Override
    protected SharedDatabase open() {
        return new PostgresSharedDatabase();
    }
}
