package dev.offpeak.shared.ledger;

import org.springframework.jdbc.core.simple.JdbcClient;

/// The real stores, for tests of other rooms.
public final class LedgerStores {

    private LedgerStores() {}

    public static CallStore calls(JdbcClient jdbc) {
        return new JdbcCallStore(jdbc, new CostLinesJson());
    }

    public static LedgerStore ledger(JdbcClient jdbc) {
        return new JdbcLedgerStore(jdbc, new CostLinesJson());
    }
}
