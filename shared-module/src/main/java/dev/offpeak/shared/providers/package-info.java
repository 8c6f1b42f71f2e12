/// The ports to LLM providers: what a completion request, an answer, usage and a provider's error are, free of any
/// vendor's types.
/// `worker.providers` implements them; this room knows no other feature.
@NullMarked
package dev.offpeak.shared.providers;

import org.jspecify.annotations.NullMarked;
