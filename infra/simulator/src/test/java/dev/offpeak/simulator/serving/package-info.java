@NullMarked
package dev.offpeak.simulator.serving;

import org.jspecify.annotations.NullMarked;
