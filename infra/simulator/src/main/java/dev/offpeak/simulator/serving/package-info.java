/// The way of one call through the simulator, whichever provider's dialect it speaks: admission by rate, faults
/// drawn for this try, execution written down, then latency, then the answer.
@NullMarked
package dev.offpeak.simulator.serving;

import org.jspecify.annotations.NullMarked;
