/// The adapters to LLM providers, one package for each vendor's SDK, and what they share: how a vendor's HTTP failure
/// or
/// broken connection becomes one of our errors, how long a provider asks us to wait, and what of its message may be
/// kept.
/// Nobody imports these packages: Spring hands the ports of `shared.providers` in.
@NullMarked
package dev.offpeak.worker.providers;

import org.jspecify.annotations.NullMarked;
