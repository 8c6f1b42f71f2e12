package dev.offpeak.shared.lanes;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// What the choice of a lane goes by. The API and the workers should have the same.
///
/// @param safetyMargin what a deadline must leave beyond what a slower lane and a call after all are
///     expected to take
/// @param collectFor how long a provider batch collects jobs of one kind before it is sent
/// @param collectRetriesFor the same for lines of a bulk that go again: they come together
/// @param expectedBatch what nine of ten provider batches are expected to take before any has been seen
/// @param expectedFlex what nine of ten flex calls are expected to take; these are not observed
/// @param expectedCall what nine of ten calls are expected to take before any has been seen
/// @param expectationWeight how many observations an expectation is worth
/// @param observeEvery how often times of batches and calls are read from the database
/// @param countEvery how often it is counted at most what has to be finished by when
/// @param noBatchesAt providers, `openai` or `anthropic`, in whose place a server without a batch API
///     answers; one that was given no key is taken for such in any case
/// @param direct of the direct lane
@Validated
@ConfigurationProperties("offpeak.lanes")
public record LaneSettings(
        @DefaultValue("30s") Duration safetyMargin,
        @DefaultValue("30s") Duration collectFor,
        @DefaultValue("2s") Duration collectRetriesFor,
        @DefaultValue("60m") Duration expectedBatch,
        @DefaultValue("5m") Duration expectedFlex,
        @DefaultValue("10s") Duration expectedCall,
        @DefaultValue("5") @Min(1) int expectationWeight,
        @DefaultValue("60s") Duration observeEvery,
        @DefaultValue("2s") Duration countEvery,
        @DefaultValue List<String> noBatchesAt,
        @DefaultValue Direct direct) {

    public LaneSettings {
        noBatchesAt = List.copyOf(noBatchesAt);
    }

    /// The worker's direct lane binds this property too; here it bounds how fast lines can be rescued.
    ///
    /// @param permits calls that all workers together may have in flight at one account, until the provider
    ///     complains
    public record Direct(@DefaultValue("256") @Min(1) int permits) {}
}
