package dev.offpeak.shared.secrets;

import java.security.SecureRandom;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/// Refuses to start without a main key: a process that cannot open secrets would only fail later.
@AutoConfiguration
@EnableConfigurationProperties(SecretSettings.class)
class SecretsConfiguration {

    @Bean
    @ConditionalOnMissingBean
    SecretBox secretBox(SecretSettings settings) {
        if (settings.secretKey().strip().length() < SecretBox.MIN_KEY_LENGTH) {
            throw new MissingSecretKey();
        }
        return new SecretBox(settings.secretKey().strip(), new SecureRandom());
    }
}
