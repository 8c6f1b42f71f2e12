@NullMarked
package dev.offpeak.worker.batches;

import org.jspecify.annotations.NullMarked;
