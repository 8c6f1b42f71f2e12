/// What must happen by the clock: waking due work, taking back a dead worker's jobs, making room for the next months.
@NullMarked
package dev.offpeak.worker.maintenance;

import org.jspecify.annotations.NullMarked;
