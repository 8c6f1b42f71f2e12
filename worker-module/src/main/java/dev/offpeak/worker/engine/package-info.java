/// The JobRunr server: wake-up, exact capacity, drain, claims and leases, supervision, dashboard.
/// It decides when something runs; PostgreSQL decides whether.
@NullMarked
package dev.offpeak.worker.engine;

import org.jspecify.annotations.NullMarked;
