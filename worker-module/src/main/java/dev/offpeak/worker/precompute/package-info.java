/// Nightly precompute. Nothing is built here yet.
@NullMarked
package dev.offpeak.worker.precompute;

import org.jspecify.annotations.NullMarked;
