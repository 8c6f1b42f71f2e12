package dev.offpeak.shared.failpoints;

import jakarta.validation.constraints.NotBlank;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/// @param armed for fault runs only: `point=action` with commas between; refused beside a real provider or a database
///     that is not on this machine
@Validated
@ConfigurationProperties("offpeak.failpoints")
record FailpointSettings(@NotBlank String armed) {}
