/// How work is woken: one JobRunr task type that carries an id and never data, enqueued inside the caller's
/// transaction.
/// With `worker.engine` the only importer of JobRunr. Nothing here is authoritative: whatever happens to a task only
/// delays work.
@NullMarked
package dev.offpeak.shared.queue;

import org.jspecify.annotations.NullMarked;
