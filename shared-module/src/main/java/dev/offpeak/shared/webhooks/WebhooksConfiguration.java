package dev.offpeak.shared.webhooks;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.secrets.SecretBox;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

@AutoConfiguration
@EnableConfigurationProperties(WebhookSettings.class)
class WebhooksConfiguration {

    @Bean
    SealedSecrets sealedWebhookSecrets(SecretBox box) {
        return new SealedSecrets(box);
    }

    @Bean
    TenantSecrets tenantWebhookSecrets(JdbcClient jdbc, SealedSecrets sealed) {
        return new JdbcTenantSecrets(jdbc, sealed, new SecureRandom());
    }

    @Bean
    WebhookOutbox webhookOutbox(JdbcClient jdbc, JobQueue queue, IdGenerator ids) {
        return new JdbcWebhookOutbox(jdbc, queue, ids);
    }

    @Bean
    TargetGuard webhookTargetGuard(WebhookSettings settings) {
        return new TargetGuard(settings.allowCidrs(), host -> List.of(InetAddress.getAllByName(host)));
    }
}
