@NullMarked
package dev.offpeak.simulator.tokens;

import org.jspecify.annotations.NullMarked;
