@NullMarked
package dev.offpeak.simulator.batches;

import org.jspecify.annotations.NullMarked;
