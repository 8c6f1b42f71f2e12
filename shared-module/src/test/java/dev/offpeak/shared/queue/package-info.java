/// Pins what we use of JobRunr beyond its documentation, on a real PostgreSQL.
@NullMarked
package dev.offpeak.shared.queue;

import org.jspecify.annotations.NullMarked;
