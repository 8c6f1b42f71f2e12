@NullMarked
package dev.offpeak.bench.faults;

import org.jspecify.annotations.NullMarked;
