/// Token counts with real vocabularies, and the providers' prompt caches.
///
/// OpenAI models use their published vocabularies. Claude has no public tokeniser since Claude 3: its counts
/// are those of o200k, an approximation that is exact in one sense only, namely that it is the same everywhere
/// here.
@NullMarked
package dev.offpeak.simulator.tokens;

import org.jspecify.annotations.NullMarked;
