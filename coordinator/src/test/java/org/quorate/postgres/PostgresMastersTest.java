package org.quorate.postgres;

import org.quorate.testing.MastersContract;
import org.quorate.testing.SharedDatabase;

class PostgresMastersTest extends MastersContract {
    @Override
    protected SharedDatabase open() {
        return new PostgresSharedDatabase();
    }
}
