/// Embeddings, partitions, guards, calibration. Nothing is built here yet.
@NullMarked
package dev.offpeak.worker.semantic;

import org.jspecify.annotations.NullMarked;
