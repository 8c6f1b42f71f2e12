package dev.offpeak.shared.providers;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

@AutoConfiguration
@EnableConfigurationProperties(ProviderSettings.class)
class ProvidersConfiguration {}
