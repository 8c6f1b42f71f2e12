/// Golden-set evaluations. Nothing is built here yet.
@NullMarked
package dev.offpeak.worker.evaluation;

import org.jspecify.annotations.NullMarked;
