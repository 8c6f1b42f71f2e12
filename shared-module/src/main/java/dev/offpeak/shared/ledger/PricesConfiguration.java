package dev.offpeak.shared.ledger;

import java.time.Clock;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

@AutoConfiguration
class PricesConfiguration {

    @Bean
    PriceBook priceBook() {
        return PriceFile.read();
    }

    @Bean
    Charges charges(PriceBook book, Clock clock) {
        return new PriceBookCharges(book, clock);
    }
}
