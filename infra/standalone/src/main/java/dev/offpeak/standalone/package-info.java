/// Everything in one process. Owns the data folder and the embedded PostgreSQL and Redis; API, worker and simulator
/// each keep an application context of their own.
@NullMarked
package dev.offpeak.standalone;

import org.jspecify.annotations.NullMarked;
