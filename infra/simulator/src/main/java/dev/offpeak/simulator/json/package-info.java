/// The one JSON mapper, and reading of untrusted documents without surprises.
@NullMarked
package dev.offpeak.simulator.json;

import org.jspecify.annotations.NullMarked;
