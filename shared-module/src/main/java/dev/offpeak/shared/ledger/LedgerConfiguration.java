package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.IdGenerator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

@AutoConfiguration(after = JdbcClientAutoConfiguration.class)
class LedgerConfiguration {

    @Bean
    CallStore callStore(JdbcClient jdbc, IdGenerator ids) {
        return new JdbcCallStore(jdbc, new CostLinesJson(), ids);
    }

    @Bean
    OpenCosts openCosts(JdbcClient jdbc) {
        return new JdbcOpenCosts(jdbc);
    }

    @Bean
    LedgerStore ledgerStore(JdbcClient jdbc) {
        return new JdbcLedgerStore(jdbc, new CostLinesJson());
    }
}
