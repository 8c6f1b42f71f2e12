@NullMarked
package dev.offpeak.worker.generation;

import org.jspecify.annotations.NullMarked;
