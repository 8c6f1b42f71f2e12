/// The batch lane: provider batches are closed, submitted and followed here, and their lines settled.
@NullMarked
package dev.offpeak.worker.lanes.batch;

import org.jspecify.annotations.NullMarked;
