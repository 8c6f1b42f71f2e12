package dev.offpeak.shared.failpoints;

import jakarta.validation.constraints.NotBlank;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// @param armed for fault runs only: `point=action` with commas between; refused without `only-for-tests`, and beside a
///     real provider or a database that is not on this machine
/// @param onlyForTests says that what this process works on may break and be lost; whatever else is set, nothing is
///     armed without it
@Validated
@ConfigurationProperties("offpeak.failpoints")
record FailpointSettings(
        @NotBlank String armed, @DefaultValue("false") boolean onlyForTests) {}
