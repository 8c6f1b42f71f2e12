@NullMarked
package dev.offpeak.shared.batches;

import org.jspecify.annotations.NullMarked;
