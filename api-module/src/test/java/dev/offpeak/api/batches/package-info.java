@NullMarked
package dev.offpeak.api.batches;

import org.jspecify.annotations.NullMarked;
