@NullMarked
package dev.offpeak.shared.providerbatches;

import org.jspecify.annotations.NullMarked;
