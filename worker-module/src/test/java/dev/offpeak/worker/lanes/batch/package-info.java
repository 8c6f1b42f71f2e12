@NullMarked
package dev.offpeak.worker.lanes.batch;

import org.jspecify.annotations.NullMarked;
