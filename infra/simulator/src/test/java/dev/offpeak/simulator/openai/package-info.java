@NullMarked
package dev.offpeak.simulator.openai;

import org.jspecify.annotations.NullMarked;
