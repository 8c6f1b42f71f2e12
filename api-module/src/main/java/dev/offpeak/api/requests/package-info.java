/// A client's request for a generation job: its form, and how it becomes a job that may be submitted. What single jobs
/// and the lines of batches have in common.
@NullMarked
package dev.offpeak.api.requests;

import org.jspecify.annotations.NullMarked;
