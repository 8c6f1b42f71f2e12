package dev.offpeak.worker.generation;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// When a cost becomes final.
///
/// @param writeOffAfter how long an unconfirmed call is waited for; then its estimate stands for good
@Validated
@ConfigurationProperties("offpeak.ledger")
record LedgerSettings(@DefaultValue("24h") Duration writeOffAfter) {}
