/// The batch lane: lines of provider batches. Nothing is built here yet.
@NullMarked
package dev.offpeak.worker.lanes.batch;

import org.jspecify.annotations.NullMarked;
