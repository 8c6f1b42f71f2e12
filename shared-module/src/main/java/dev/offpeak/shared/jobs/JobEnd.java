package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.ErrorCode;
import org.jspecify.annotations.Nullable;

/// How an attempt ends its job.
public sealed interface JobEnd {

    record Succeeded(JobResult result) implements JobEnd {}

    /// @param message for the tenant; free of prompts, answers and keys
    /// @param partial what was paid for and may be of use, such as a truncated answer
    record Failed(ErrorCode code, String message, @Nullable JobResult partial) implements JobEnd {}
}
