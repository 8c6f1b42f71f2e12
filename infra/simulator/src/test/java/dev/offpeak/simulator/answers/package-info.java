@NullMarked
package dev.offpeak.simulator.answers;

import org.jspecify.annotations.NullMarked;
