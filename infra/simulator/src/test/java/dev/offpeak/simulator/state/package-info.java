@NullMarked
package dev.offpeak.simulator.state;

import org.jspecify.annotations.NullMarked;
