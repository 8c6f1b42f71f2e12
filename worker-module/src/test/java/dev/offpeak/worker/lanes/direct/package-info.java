@NullMarked
package dev.offpeak.worker.lanes.direct;

import org.jspecify.annotations.NullMarked;
