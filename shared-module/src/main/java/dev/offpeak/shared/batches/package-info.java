/// Batches: a tenant's bulk submission, many generation jobs under one id.
///
/// An upload becomes rows of jobs, their inputs and one batch in a single transaction, so it is there whole or not at
/// all. Its jobs are not due: the batch's feeder hands them on, a part at a time, and is the one that ends the batch
/// when none of its jobs is open any more. PostgreSQL is authoritative; whoever writes for a batch holds its newest
/// fence.
///
/// ```
/// running → completed | failed | expired | cancelled
/// running → cancelling → cancelled
/// ```
@NullMarked
package dev.offpeak.shared.batches;

import org.jspecify.annotations.NullMarked;
