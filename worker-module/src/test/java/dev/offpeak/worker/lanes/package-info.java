@NullMarked
package dev.offpeak.worker.lanes;

import org.jspecify.annotations.NullMarked;
