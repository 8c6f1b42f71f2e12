/// What happens by the clock.
@NullMarked
package dev.offpeak.worker.maintenance;

import org.jspecify.annotations.NullMarked;
