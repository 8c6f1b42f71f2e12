package dev.offpeak.shared.ledger;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

@AutoConfiguration(after = JdbcClientAutoConfiguration.class)
class LedgerConfiguration {

    @Bean
    CallStore callStore(JdbcClient jdbc) {
        return new JdbcCallStore(jdbc, new CostLinesJson());
    }

    @Bean
    LedgerStore ledgerStore(JdbcClient jdbc) {
        return new JdbcLedgerStore(jdbc, new CostLinesJson());
    }
}
