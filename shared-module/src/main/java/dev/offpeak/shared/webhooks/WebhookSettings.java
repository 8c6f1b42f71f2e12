package dev.offpeak.shared.webhooks;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param allowCidrs private ranges that webhooks may reach, such as `10.1.0.0/16`; inside them `http` and any port are
/// allowed
@ConfigurationProperties("offpeak.webhooks")
record WebhookSettings(@DefaultValue List<String> allowCidrs) {}
