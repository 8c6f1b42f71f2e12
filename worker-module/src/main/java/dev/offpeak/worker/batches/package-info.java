/// Tenants' bulk work: the feeder hands a batch's lines on, a part at a time, to provider batches or, where those are
/// too slow, to the queue as single jobs; and it ends the batch when all its lines have ended.
///
/// It holds a batch by its fence: every transaction of its begins by locking the batch at that fence, so a feeder that
/// was taken for dead writes nothing.
@NullMarked
package dev.offpeak.worker.batches;

import org.jspecify.annotations.NullMarked;
