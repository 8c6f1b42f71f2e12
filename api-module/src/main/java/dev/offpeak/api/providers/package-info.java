/// What providers and operators have to do with provider batches: providers' own events, taken as hints, and the list
/// of what is under way.
@NullMarked
package dev.offpeak.api.providers;

import org.jspecify.annotations.NullMarked;
