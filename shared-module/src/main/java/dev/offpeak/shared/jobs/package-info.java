/// Jobs: one request of a tenant with one outcome. The moves between states are guarded here and again in SQL;
/// the row in PostgreSQL is the truth, JobRunr only says when.
@NullMarked
package dev.offpeak.shared.jobs;

import org.jspecify.annotations.NullMarked;
