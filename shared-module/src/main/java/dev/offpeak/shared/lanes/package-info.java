/// Which lane a job takes: the cheapest that should meet its deadline, and why. The choice itself is a pure
/// function of what is known; what is observed of providers is read once a minute, by workers for their
/// jobs and by the API for what it says of a job's chances and for estimates. Nothing here is a truth: a
/// choice that proves wrong costs money or time, never a job.
@NullMarked
package dev.offpeak.shared.lanes;

import org.jspecify.annotations.NullMarked;
