/// Pins what the engine uses of JobRunr beyond its documentation, with real servers on a real PostgreSQL.
@NullMarked
package dev.offpeak.worker.engine;

import org.jspecify.annotations.NullMarked;
