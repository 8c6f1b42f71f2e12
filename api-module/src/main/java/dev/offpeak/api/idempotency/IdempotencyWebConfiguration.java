package dev.offpeak.api.idempotency;

import dev.offpeak.shared.idempotency.IdempotencyStore;
import dev.offpeak.shared.secrets.SecretBox;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class IdempotencyWebConfiguration {

    @Bean
    Idempotency idempotency(
            IdempotencyStore store,
            SecretBox secrets,
            PlatformTransactionManager transactions,
            JsonMapper json,
            Clock clock) {
        return new Idempotency(store, secrets, new TransactionTemplate(transactions), json, clock);
    }
}
