package dev.offpeak.shared.jobs;

/// A line of a bulk that is about to become a job.
///
/// @param customId the tenant's name for it
public record BulkLine(JobSubmission job, String customId, LineEstimate estimate) {}
