/// Anthropic's Messages through anthropic-java: the only importer of that SDK.
/// The SDK's own retries are off, since each of its tries may be billed and has no row of ours.
@NullMarked
package dev.offpeak.worker.providers.anthropic;

import org.jspecify.annotations.NullMarked;
