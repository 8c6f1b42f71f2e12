package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.TimeOrderedIds;
import java.time.Clock;
import java.time.InstantSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The real stores, for tests of other rooms.
public final class LedgerStores {

    private LedgerStores() {}

    public static CallStore calls(JdbcClient jdbc) {
        return new JdbcCallStore(jdbc, new CostLinesJson(), new TimeOrderedIds(InstantSource.system()));
    }

    public static Charges charges(PriceBook prices, Clock clock) {
        return new PriceBookCharges(prices, clock);
    }

    public static OpenCosts openCosts(JdbcClient jdbc) {
        return new JdbcOpenCosts(jdbc);
    }

    public static LedgerStore ledger(JdbcClient jdbc) {
        return new JdbcLedgerStore(jdbc, new CostLinesJson());
    }
}
