package org.quorate.postgres;

import org.quorate.testing.ClaimsContract;
import org.quorate.testing.SharedDatabase;

class PostgresClaimsTest extends ClaimsContract {
    @Override
    protected SharedDatabase open() {
        return new PostgresSharedDatabase();
    }
}
